package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where the bytes of an external tensor lie. Locating one checks everything a hostile file could
 * have wrong: the path stays inside the model's folder, no link is followed, the range lies inside
 * the file and has the length that the tensor's shape and type ask for.
 *
 * @param file the data file
 * @param offset the first byte
 * @param length how many bytes
 */
public record ExternalData(Path file, long offset, long length) {

  /** Whether a tensor's elements are in another file. */
  public static boolean isExternal(TensorProto tensor) {
    return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
  }

  /**
   * Locates the elements of an external tensor.
   *
   * @param modelFile the model that contains the tensor
   * @throws UnsupportedInputException naming file, tensor and reason
   */
  public static ExternalData locate(Path modelFile, TensorProto tensor) {
    String location = entry(tensor, "location");
    if (location == null || location.isEmpty()) {
      throw refusal(modelFile, tensor, "names no location");
    }
    Path file = contained(modelFile, tensor, location);
    long offset = number(modelFile, tensor, "offset", 0);
    long expected = Tensors.byteSize(modelFile.toString(), tensor);
    long length = number(modelFile, tensor, "length", expected);
    if (length == 0) {
      // Some exporters write 0 for "not given", which ONNX Runtime takes from the shape.
      length = expected;
    }
    if (length != expected) {
      throw refusal(
          modelFile,
          tensor,
          "gives a length of " + length + " bytes, but its shape and type need " + expected);
    }
    long size;
    try {
      size = Files.size(file);
    } catch (IOException e) {
      throw refusal(modelFile, tensor, "its data file cannot be read: " + file);
    }
    if (offset > size - length) {
      throw refusal(
          modelFile,
          tensor,
          "its range ["
              + offset
              + ", "
              + offset
              + " + "
              + length
              + ") exceeds the end of "
              + file
              + " ("
              + size
              + " bytes)");
    }
    return new ExternalData(file, offset, length);
  }

  private static Path contained(Path modelFile, TensorProto tensor, String location) {
    Path folder = modelFile.toAbsolutePath().getParent();
    try {
      Path relative = Path.of(location);
      if (relative.isAbsolute() || location.startsWith("/") || location.startsWith("\\")) {
        throw refusal(modelFile, tensor, "its data path is absolute: " + location);
      }
      for (Path part : relative) {
        if (part.toString().equals("..")) {
          throw refusal(modelFile, tensor, "its data path leaves the folder: " + location);
        }
      }
      Path file = folder.resolve(relative);
      if (!Files.isRegularFile(file)) {
        throw refusal(modelFile, tensor, "its data file is missing: " + file);
      }
      // Links may lead to where the model's own link leads, as in the cache of Hugging Face, and
      // nowhere else: ONNX Runtime has the same rule.
      Path real = file.toRealPath();
      boolean inside =
          real.startsWith(folder.toRealPath())
              || real.startsWith(modelFile.toRealPath().getParent());
      if (!inside) {
        throw refusal(modelFile, tensor, "its data path leaves the folder: " + location);
      }
      return file;
    } catch (InvalidPathException | IOException e) {
      throw refusal(modelFile, tensor, "its data path cannot be used: " + location);
    }
  }

  private static long number(Path modelFile, TensorProto tensor, String key, long absent) {
    String text = entry(tensor, key);
    if (text == null) {
      return absent;
    }
    try {
      long value = Long.parseLong(text.trim());
      if (value < 0) {
        throw refusal(modelFile, tensor, "its " + key + " is negative: " + text);
      }
      return value;
    } catch (NumberFormatException e) {
      throw refusal(modelFile, tensor, "its " + key + " is not a number: " + text);
    }
  }

  private static @org.jspecify.annotations.Nullable String entry(TensorProto tensor, String key) {
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      if (entry.getKey().equals(key)) {
        return entry.getValue();
      }
    }
    return null;
  }

  private static UnsupportedInputException refusal(
      Path modelFile, TensorProto tensor, String reason) {
    return new UnsupportedInputException(
        modelFile + ": external tensor '" + tensor.getName() + "': " + reason,
        "Keep external data in the model's folder, or where the model's own link leads.");
  }
}
