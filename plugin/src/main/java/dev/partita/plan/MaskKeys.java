package dev.partita.plan;

import java.util.HashSet;
import java.util.Set;

/**
 * Names the arrays of a plan's archive. A mask is named after the tensor that it is for. Where that
 * name is taken (bodies may give one name to several tensors), or could be mistaken for a path that
 * leads out of a folder by a tool that unpacks the archive, the mask gets a number, and its
 * description says whose it is.
 */
public final class MaskKeys {

  private static final String OWN = "partita/";

  private final Set<String> taken = new HashSet<>();
  private int numbered;

  String mask(String tensor) {
    boolean plain =
        !tensor.isEmpty()
            && !tensor.startsWith(OWN)
            && !tensor.contains("..")
            && !tensor.contains("\\")
            && tensor.chars().allMatch(c -> c >= ' ');
    if (plain && taken.add(tensor)) {
      return tensor;
    }
    return OWN + "mask/" + numbered++;
  }

  static String owner(String region, int space) {
    return OWN + region + "/space" + space + "/owner";
  }

  static String order(String region, int space) {
    return OWN + region + "/space" + space + "/order";
  }
}
