package dev.partita;

import org.jspecify.annotations.Nullable;

/** An input that cannot be read, or holds something that is not supported. */
public class UnsupportedInputException extends PartitaException {

  private static final long serialVersionUID = 1L;

  public UnsupportedInputException(String message, String hint) {
    super(message, hint, null);
  }

  public UnsupportedInputException(String message, String hint, @Nullable Throwable cause) {
    super(message, hint, cause);
  }

  /**
   * The usual form of the message: file, node and reason.
   *
   * @param file the file as the caller named it
   * @param node the node at fault; null where it is the whole file
   * @param reason what is wrong, as the rest of a sentence, without a full stop
   * @param hint what to do instead
   */
  public static UnsupportedInputException at(
      String file, @Nullable String node, String reason, String hint) {
    String place = node == null ? file : file + ", node '" + node + "'";
    return new UnsupportedInputException(place + ": " + reason, hint);
  }
}
