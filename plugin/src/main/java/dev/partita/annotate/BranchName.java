package dev.partita.annotate;

import java.util.regex.Pattern;

/** What the rewriter calls the nodes of a branch, and the values that they make. */
final class BranchName {

  /** The origin, the branch, and what part of it a node is: {@code fc1/branch2/entry}. */
  static final Pattern PATTERN =
      Pattern.compile("(?<origin>.+)/branch(?<branch>\\d{1,5})(?<rest>/.*)?");

  private BranchName() {}
}
