package dev.partita.annotate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.annotate.NodeNotes.Note;
import dev.partita.model.GraphIndex;
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
import java.util.Set;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts what stood on nodes back, from what was kept of it beside the model. A node is known by its
 * name; where that is gone, by a value that it makes. What is kept of another model is refused.
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
  private final ImmutableMap<String, ImmutableMap<String, String>> kept;
  private final Map<String, Placed> named = new HashMap<>();
  private final Map<String, Placed> makers = new HashMap<>();
  private final Set<String> ambiguous = new HashSet<>();

  private record Placed(GraphIndex graph, NodeProto node) {}

  private Restoration(OnnxModel model, ImmutableMap<String, ImmutableMap<String, String>> kept) {
    this.model = model;
    this.kept = kept;
    for (GraphIndex graph : new GraphIndex(model).graphs()) {
      for (int i = 0; i < graph.size(); i++) {
        Placed placed = new Placed(graph, graph.node(i));
        String name = placed.node().getName();
        if (!name.isEmpty() && named.put(name, placed) != null) {
          ambiguous.add(name);
        }
        placed.node().getOutputList().forEach(output -> makers.put(output, placed));
      }
    }
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
    return new Restoration(model, kept).restore();
  }

  private Restored restore() {
    requireSameOrigin();
    requireAllBranches();
    ImmutableMap.Builder<String, Note> byName = ImmutableMap.builder();
    ImmutableMap.Builder<String, Note> byOutput = ImmutableMap.builder();
    Map<String, String> lost = new LinkedHashMap<>();
    kept.forEach(
        (name, entries) -> {
          if (name.isEmpty()) {
            return;
          }
          Placed node = ambiguous.contains(name) ? null : named.get(name);
          String output = node == null ? madeBy(entries) : null;
          if (node != null) {
            requireSize(node, entries);
            byName.put(name, note(entries));
          } else if (output != null) {
            requireSize(makers.get(output), entries);
            byOutput.put(output, note(entries));
          } else {
            lost.put(
                name,
                ambiguous.contains(name)
                    ? "several nodes have this name"
                    : "no node has this name or makes its value");
          }
        });
    NodeNotes notes = new NodeNotes(byName.buildOrThrow(), byOutput.buildKeepingLast());
    // A layer that stays whole keeps its name in the original too, so that it says nothing.
    boolean anyBranch =
        Stream.of(notes.notes(), notes.byOutput())
            .flatMap(placed -> placed.values().stream())
            .anyMatch(note -> note.figures().containsKey(MetadataKeys.BRANCH));
    if (!anyBranch) {
      throw other("none of its branches is in the model");
    }
    ModelProto.Builder proto = model.proto().toBuilder();
    proto.setIrVersion(Math.max(proto.getIrVersion(), Annotator.NODE_METADATA_SINCE_IR));
    proto.setGraph(new NodeMetadata(notes).write(model.proto().getGraph(), notes));
    Annotator.addModelMetadata(proto, kept.getOrDefault("", ImmutableMap.of()));
    return new Restored(
        model.withProto(proto.build()),
        notes.notes().size(),
        notes.byOutput().size(),
        ImmutableMap.copyOf(lost));
  }

  private @Nullable String madeBy(ImmutableMap<String, String> entries) {
    String outputs = entries.get(KeptNotes.OUTPUTS);
    return outputs == null
        ? null
        : outputs.lines().filter(makers::containsKey).findFirst().orElse(null);
  }

  private static Note note(ImmutableMap<String, String> entries) {
    ImmutableMap.Builder<String, String> figures = ImmutableMap.builder();
    entries.entrySet().stream()
        .filter(entry -> !KeptNotes.OF_THE_FILE.contains(entry.getKey()))
        .sorted(Comparator.comparingInt(entry -> place(entry.getKey())))
        .forEach(figures::put);
    return new Note(figures.buildOrThrow(), entries.getOrDefault(KeptNotes.DOC_STRING, ""));
  }

  private static int place(String key) {
    int place = ORDER.indexOf(key);
    return place < 0 ? ORDER.size() : place;
  }

  private void requireSameOrigin() {
    String expected = kept.getOrDefault("", ImmutableMap.of()).get(MetadataKeys.INPUT_SHA256);
    for (StringStringEntryProto entry : model.proto().getMetadataPropsList()) {
      if (entry.getKey().equals(MetadataKeys.INPUT_SHA256)
          && expected != null
          && !expected.equals(entry.getValue())) {
        throw other("it was written with a rewrite of another original");
      }
    }
  }

  /** A branch that nothing was kept of, beside one of the same node that has, is another cut. */
  private void requireAllBranches() {
    for (String name : named.keySet()) {
      Matcher branch = BranchName.PATTERN.matcher(name);
      if (branch.matches() && !kept.containsKey(name)) {
        String rest = branch.group("rest");
        String first = branch.group("origin") + "/branch0" + (rest == null ? "" : rest);
        if (kept.containsKey(first)) {
          throw other("it has node '%s' and not '%s'".formatted(first, name));
        }
      }
    }
  }

  /** Work is rows times the elements of the weight. */
  private void requireSize(@Nullable Placed placed, ImmutableMap<String, String> entries) {
    String macs = entries.get(MetadataKeys.MACS);
    if (macs == null || placed == null || !isPlain(placed.node())) {
      return;
    }
    for (String input : placed.node().getInputList()) {
      TensorProto weight = input.isEmpty() ? null : placed.graph().constant(input);
      if (weight != null && weight.getDimsCount() == 2) {
        long elements = weight.getDims(0) * weight.getDims(1);
        if (elements == 0 || Long.parseLong(macs) % elements != 0) {
          throw other(
              "node '%s' has a weight of %d x %d, which does not make %s multiplications"
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
        model.source() + ": the sidecar belongs to another model: " + why,
        "Give the sidecar that was written with this model, or none, so that figures are estimated"
            + " again.");
  }
}
