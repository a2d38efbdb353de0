package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.partita.UnsupportedInputException;
import dev.partita.model.WriteSteps.Step;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Reads and writes model files without copying their weights to the heap. */
public final class ModelFile {

  private ModelFile() {}

  /**
   * Maps and parses a model.
   *
   * @throws UnsupportedInputException if the file is missing, unreadable, over 2 GiB, or not a
   *     model with at least one node
   */
  public static OnnxModel read(Path path) {
    if (!Files.exists(path)) {
      throw new UnsupportedInputException(
          path + ": no such file", "Check the path; relative paths start at the working folder.");
    }
    if (!Files.isRegularFile(path)) {
      throw new UnsupportedInputException(
          path + ": is not a regular file", "Pass the .onnx file itself.");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > Integer.MAX_VALUE) {
        throw new UnsupportedInputException(
            path + ": is " + size + " bytes long, but a protobuf message is limited to 2 GiB",
            "Save the model with its weights as external data.");
      }
      MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      CodedInputStream input = UnsafeByteOperations.unsafeWrap(mapped).newCodedInput();
      input.enableAliasing(true);
      input.setSizeLimit(Integer.MAX_VALUE);
      OnnxModel model = new OnnxModel(ModelProto.parseFrom(input), path, size);
      requireModel(model);
      OnnxModel ordered = NodeOrder.restored(model);
      ModelCheck.require(ordered);
      return ordered;
    } catch (InvalidProtocolBufferException e) {
      throw new UnsupportedInputException(
          path + ": is not an ONNX model, or is damaged (" + firstSentence(e) + ")",
          "Check that the file is complete and is an .onnx file.",
          e);
    } catch (IOException e) {
      throw new UnsupportedInputException(
          path + ": cannot be read (" + e.getMessage() + ")", "Check its permissions.", e);
    }
  }

  private static void requireModel(OnnxModel model) {
    String hint = "Check that the file is complete and is an .onnx file.";
    if (!model.proto().hasGraph() || model.proto().getIrVersion() <= 0) {
      throw new UnsupportedInputException(
          model.source() + ": contains no ONNX graph (no graph or no IR version)", hint);
    }
    // Operator sets come after the graph, so a file that is cut short lacks them first.
    if (model.proto().getIrVersion() >= 3 && model.proto().getOpsetImportCount() == 0) {
      throw new UnsupportedInputException(model.source() + ": names no operator set", hint);
    }
    boolean versions =
        model.proto().getIrVersion() <= Integer.MAX_VALUE
            && model.proto().getOpsetImportList().stream()
                .allMatch(set -> set.getVersion() == (int) set.getVersion());
    if (!versions) {
      throw new UnsupportedInputException(
          model.source() + ": has an impossible IR or operator set version", hint);
    }
    if (model.proto().getGraph().getNodeCount() == 0) {
      throw new UnsupportedInputException(
          model.source() + ": the graph has no nodes, so there is nothing to optimize",
          "Export the model again.");
    }
  }

  private static String firstSentence(IOException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf(". ");
    return end < 0 ? message : message.substring(0, end);
  }

  /**
   * Writes a model to a stream of the given file, in the message's own field order; the file is
   * synced to disk before this returns. Weights that were mapped pass from file to file.
   *
   * @param target a file that may be overwritten, usually a temporary one
   */
  static void write(ModelProto proto, Path target, WriteSteps steps) throws IOException {
    steps.before(Step.CREATE, target);
    try (FileOutputStream file = new FileOutputStream(target.toFile());
        OutputStream buffered =
            new BufferedOutputStream(DurableFiles.announced(file, target, steps), 1 << 16)) {
      CodedOutputStream coded = CodedOutputStream.newInstance(buffered, 1 << 16);
      proto.writeTo(coded);
      coded.flush();
      buffered.flush();
      steps.before(Step.SYNC, target);
      file.getFD().sync();
    }
  }

  /** The SHA-256 of a file's bytes, in hexadecimal. */
  public static String sha256(Path path) {
    try {
      return MoreFiles.asByteSource(path).hash(Hashing.sha256()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The data files of a model, in the order in which its tensors first name them. */
  public static ImmutableSet<Path> dataFiles(OnnxModel model) {
    return ExternalTensors.files(model);
  }

  /** The bytes of a model's file and of its data files. */
  public static long bytesWithExternalData(OnnxModel model) {
    long sum = model.bytes();
    for (Path file : ExternalTensors.files(model)) {
      try {
        sum += Files.size(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return sum;
  }

  /** The elements of all initializers, those in bodies of If, Loop and Scan included. */
  public static long parameters(OnnxModel model) {
    return graphs(model)
        .flatMap(graph -> graph.getInitializerList().stream())
        .mapToLong(tensor -> Tensors.elements(model.source().toString(), tensor))
        .sum();
  }

  /** The operator type of every node, those in bodies of If, Loop and Scan included. */
  public static List<String> operators(OnnxModel model) {
    return graphs(model)
        .flatMap(graph -> graph.getNodeList().stream())
        .map(NodeProto::getOpType)
        .toList();
  }

  private static Stream<GraphProto> graphs(OnnxModel model) {
    return GraphPath.all(model.proto()).stream().map(path -> path.in(model.proto()));
  }
}
