package dev.partita.annotate;

import com.google.common.collect.HashBasedTable;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Table;
import dev.partita.UnsupportedInputException;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Restores the notes of nodes from the sidecar of the model. A node is known by its name; where
 * that is gone, by a value that it makes. What is kept of another model is refused.
 */
public final class Restoration {

  /** Order in which {@link NodeFigures} writes, so that what is restored has the same bytes. */
  private static final ImmutableList<String> ORDER =
      ImmutableList.of(
          MetadataKeys.REGION,
          MetadataKeys.BRANCH,
          MetadataKeys.ACCELERATOR,
          MetadataKeys.ORIGIN,
          MetadataKeys.MACS,
          MetadataKeys.DRAM_BYTES,
          MetadataKeys.CYCLES,
          MetadataKeys.LATENCY_US,
          MetadataKeys.ENERGY_UJ,
          MetadataKeys.BOUND_BY,
          MetadataKeys.LAYER_ANNOTATION);

  private final OnnxModel model;
  private final Map<String, Placed> named = new HashMap<>();
  private final Map<String, Placed> makers = new HashMap<>();
  private final Set<String> ambiguous = new HashSet<>();
  private final Table<GraphPath, Integer, NodeNote> notes = HashBasedTable.create();
  private int byName;

  private record Placed(GraphIndex graph, int position) {
    NodeProto node() {
      return graph.node(position);
    }
  }

  private Restoration(GraphIndex index) {
    this.model = index.model();
    Set<String> severalMake = new HashSet<>();
    for (GraphIndex graph : index.graphs()) {
      for (int i = 0; i < graph.size(); i++) {
        Placed placed = new Placed(graph, i);
        String name = placed.node().getName();
        if (!name.isEmpty() && named.put(name, placed) != null) {
          ambiguous.add(name);
        }
        for (String output : placed.node().getOutputList()) {
          if (makers.put(output, placed) != null) {
            severalMake.add(output);
          }
        }
      }
    }
    makers.keySet().removeAll(severalMake);
  }

  /**
   * A model with its notes.
   *
   * @param byName how many nodes were known by their names
   * @param byOutput how many by a value that they make
   * @param lost nodes that are not there any more, with what was looked for
   */
  public record Restored(
      OnnxModel model, int byName, int byOutput, ImmutableMap<String, String> lost) {}

  /**
   * Restores what was kept.
   *
   * @param kept entries of each node by its name, those of the model under the empty name; as
   *     {@link KeptNotes#of} gives them
   * @throws UnsupportedInputException if they are those of another model
   */
  public static Restored restore(
      OnnxModel model, ImmutableMap<String, ImmutableMap<String, String>> kept) {
    return new Restoration(new GraphIndex(model)).restore(kept);
  }

  /**
   * A rewritten model of which nothing was kept, with figures that are estimated from its graph.
   *
   * @param index of any graph of the model
   * @param ofModel entries for the model
   * @return with no nodes by name or output where the model has no branches
   */
  public static Restored estimate(
      GraphIndex index,
      Target target,
      DramSharing sharing,
      LayerRows rows,
      ImmutableMap<String, String> ofModel) {
    Restoration restoration = new Restoration(index);
    restoration.notes.putAll(Recount.of(index, target, sharing, rows));
    for (Table.Cell<GraphPath, Integer, NodeNote> cell : restoration.notes.cellSet()) {
      String name = index.at(cell.getRowKey()).node(cell.getColumnKey()).getName();
      restoration.byName += name.isEmpty() || restoration.ambiguous.contains(name) ? 0 : 1;
    }
    return restoration.restored(ofModel, ImmutableMap.of());
  }

  private Restored restore(ImmutableMap<String, ImmutableMap<String, String>> kept) {
    ImmutableMap<String, String> ofModel = kept.getOrDefault("", ImmutableMap.of());
    requireSameOrigin(ofModel);
    requireAllBranches(kept);
    Map<String, String> lost = new LinkedHashMap<>();
    Map<Placed, ImmutableMap<String, String>> byOutput = new LinkedHashMap<>();
    kept.forEach(
        (name, entries) -> {
          if (name.isEmpty()) {
            return;
          }
          Placed node = ambiguous.contains(name) ? null : named.get(name);
          Placed maker = node == null ? maker(entries) : null;
          if (node != null) {
            place(node, entries);
            byName++;
          } else if (maker != null) {
            byOutput.put(maker, entries);
          } else {
            lost.put(
                name,
                ambiguous.contains(name)
                    ? "several nodes have this name"
                    : "no node has this name or produces its value");
          }
        });
    byOutput.forEach(
        (node, entries) -> {
          if (!notes.contains(node.graph().path(), node.position())) {
            place(node, entries);
          }
        });
    // A layer that stays whole keeps its name in the original too, so that it says nothing.
    if (notes.values().stream()
        .noneMatch(note -> note.figures().containsKey(MetadataKeys.BRANCH))) {
      throw other("none of its branches is in the model");
    }
    return restored(ofModel, ImmutableMap.copyOf(lost));
  }

  private void place(Placed node, ImmutableMap<String, String> entries) {
    requireSize(node, entries);
    notes.put(node.graph().path(), node.position(), note(entries));
  }

  private Restored restored(
      ImmutableMap<String, String> ofModel, ImmutableMap<String, String> lost) {
    ModelProto.Builder proto = model.proto().toBuilder();
    proto.setIrVersion(Math.max(proto.getIrVersion(), Annotator.NODE_METADATA_SINCE_IR));
    proto.setGraph(NodeMetadata.write(model.proto().getGraph(), notes));
    Annotator.addModelMetadata(proto, ofModel);
    return new Restored(model.withProto(proto.build()), byName, notes.size() - byName, lost);
  }

  private @Nullable Placed maker(ImmutableMap<String, String> entries) {
    String outputs = entries.get(KeptNotes.OUTPUTS);
    return outputs == null
        ? null
        : outputs.lines().map(makers::get).filter(Objects::nonNull).findFirst().orElse(null);
  }

  private static NodeNote note(ImmutableMap<String, String> entries) {
    ImmutableMap.Builder<String, String> figures = ImmutableMap.builder();
    entries.entrySet().stream()
        .filter(entry -> !KeptNotes.OF_THE_FILE.contains(entry.getKey()))
        .sorted(Comparator.comparingInt(entry -> place(entry.getKey())))
        .forEach(figures::put);
    return new NodeNote(figures.buildOrThrow(), entries.getOrDefault(KeptNotes.DOC_STRING, ""));
  }

  private static int place(String key) {
    int place = ORDER.indexOf(key);
    return place < 0 ? ORDER.size() : place;
  }

  private void requireSameOrigin(ImmutableMap<String, String> ofModel) {
    String expected = ofModel.get(MetadataKeys.INPUT_SHA256);
    for (StringStringEntryProto entry : model.proto().getMetadataPropsList()) {
      if (entry.getKey().equals(MetadataKeys.INPUT_SHA256)
          && expected != null
          && !expected.equals(entry.getValue())) {
        throw other("it was written for a different original");
      }
    }
  }

  /** A branch without kept notes, next to one of the same node that has them, is another cut. */
  private void requireAllBranches(Map<String, ImmutableMap<String, String>> kept) {
    for (String name : named.keySet()) {
      Matcher branch = BranchName.PATTERN.matcher(name);
      if (branch.matches() && !kept.containsKey(name)) {
        String rest = branch.group("rest");
        String first = branch.group("origin") + "/branch0" + (rest == null ? "" : rest);
        if (kept.containsKey(first)) {
          throw other("it contains node '%s' but not '%s'".formatted(first, name));
        }
      }
    }
  }

  /** Work is rows times the elements of the weight. */
  private void requireSize(Placed placed, ImmutableMap<String, String> entries) {
    String macs = entries.get(MetadataKeys.MACS);
    if (macs == null || !isPlain(placed.node())) {
      return;
    }
    for (String input : placed.node().getInputList()) {
      TensorProto weight = input.isEmpty() ? null : placed.graph().constant(input);
      if (weight != null && weight.getDimsCount() == 2) {
        long elements = weight.getDims(0) * weight.getDims(1);
        if (elements == 0 || Long.parseLong(macs) % elements != 0) {
          throw other(
              "node '%s' has a weight of %d x %d, which does not match %s multiplications"
                  .formatted(placed.node().getName(), weight.getDims(0), weight.getDims(1), macs));
        }
        return;
      }
    }
  }

  private static boolean isPlain(NodeProto node) {
    return node.getOpType().equals("MatMul") || node.getOpType().equals("Gemm");
  }

  private UnsupportedInputException other(String why) {
    return new UnsupportedInputException(
        model.source() + ": the sidecar belongs to a different model: " + why,
        "Pass the sidecar that was written with this model, or omit --sidecar to "
            + "estimate the figures again.");
  }
}
