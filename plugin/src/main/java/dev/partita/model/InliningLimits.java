package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.nio.file.Path;
import java.util.List;

/** How much a model may grow by inlining; a small file can ask for more than any disk holds. */
final class InliningLimits {

  /** More nodes than any exporter writes; functions that call each other twice get there fast. */
  static final int MOST_NODES = 1_000_000;

  /** Every call gets constants of its own, and so does the file. */
  private static final long MOST_REPEATED_BYTES = 1L << 30;

  /** A message nested deeper than about three times this cannot be parsed again. */
  private static final int DEEPEST_BODY = 30;

  private final Path source;
  private final int mostNodes;
  private int nodes;
  private long repeatedBytes;

  InliningLimits(Path source, int mostNodes) {
    this.source = source;
    this.mostNodes = mostNodes;
  }

  /**
   * Counts what takes the place of a call, bodies and further calls included.
   *
   * @param again whether the function was inlined before
   * @throws UnsupportedInputException naming the function that passes a limit
   */
  void count(FunctionProto function, List<NodeProto> added, boolean again) {
    AllNodes.of(
        added,
        node -> {
          if (++nodes > mostNodes) {
            throw refusal(function.getName(), "would add more than " + mostNodes + " nodes");
          }
          repeatedBytes += again ? constantBytes(node) : 0;
          if (repeatedBytes > MOST_REPEATED_BYTES) {
            throw refusal(
                function.getName(),
                "would repeat more than " + MOST_REPEATED_BYTES + " bytes of its constants");
          }
        });
  }

  private static long constantBytes(NodeProto node) {
    TensorProto tensor = ConstantNode.tensor(node);
    if (tensor == null) {
      return 0;
    }
    return ExternalData.isExternal(tensor)
        ? Tensors.byteSize("a function", tensor)
        : tensor.getSerializedSize();
  }

  /**
   * Checks how deep bodies are nested.
   *
   * @throws UnsupportedInputException naming the node whose body would be one too deep
   */
  void requireDepth(NodeProto node, int depth) {
    if (depth > DEEPEST_BODY) {
      throw new UnsupportedInputException(
          source
              + ", node '"
              + node.getName()
              + "': inlining functions would nest bodies deeper than "
              + DEEPEST_BODY,
          HINT);
    }
  }

  private UnsupportedInputException refusal(String function, String reason) {
    return new UnsupportedInputException(
        source + ", function '" + function + "': inlining it " + reason, HINT);
  }

  private static final String HINT = "Run without --inline-functions.";
}
