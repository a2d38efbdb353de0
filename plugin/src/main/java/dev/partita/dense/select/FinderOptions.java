package dev.partita.dense.select;

import com.google.common.collect.ImmutableList;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What decides which layers are cut.
 *
 * @param accelerators P, the number of branches
 * @param minBlock the fewest features of a space that a branch may have
 * @param include globs over node names; where there are any, only what matches is cut, and what
 *     matches is cut even where it would be left whole
 * @param exclude globs over node names that are left alone
 * @param cutClosing whether a layer that makes an output of the model, and is wide enough, is cut
 *     like any other instead of staying whole behind the region in front of it
 */
public record FinderOptions(
    int accelerators,
    int minBlock,
    ImmutableList<String> include,
    ImmutableList<String> exclude,
    boolean cutClosing) {

  /** Options that leave closing layers whole. */
  public FinderOptions(
      int accelerators,
      int minBlock,
      ImmutableList<String> include,
      ImmutableList<String> exclude) {
    this(accelerators, minBlock, include, exclude, /* cutClosing= */ false);
  }

  boolean included(String node) {
    return include.stream().anyMatch(glob -> matches(glob).test(node));
  }

  boolean excluded(String node) {
    return exclude.stream().anyMatch(glob -> matches(glob).test(node));
  }

  /** Whether so many outputs are too few for a block for every accelerator. */
  boolean isTooSmall(int outputs) {
    return outputs < (long) accelerators * minBlock;
  }

  String tooSmall(int outputs) {
    return "%d outputs are fewer than %d accelerators x %d features."
        .formatted(outputs, accelerators, minBlock);
  }

  /** {@code *} matches any run of characters, slashes too; {@code ?} for one character. */
  public static Predicate<String> matches(String glob) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      switch (c) {
        case '*' -> regex.append(".*");
        case '?' -> regex.append('.');
        default -> regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL).asMatchPredicate();
  }
}
