package dev.partita.corpus;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import dev.partita.commands.Inspector;
import dev.partita.commands.Optimizer;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.SessionOptions;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.spi.ProgressListener;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts one model file through everything: read and written back, every product explained, cut by a
 * contiguous plan without repair, and the outputs held against the original whose dropped weights
 * are zero.
 */
final class CorpusCase {

  private static final SessionOptions PLAIN = SessionOptions.SINGLE_THREADED.withOptimized(false);

  /** Makes batches for a model's inputs. */
  interface Data {
    List<ImmutableMap<String, Tensor>> batches(List<TensorDescription> inputs);
  }

  private final String name;
  private final Path file;
  private final int accelerators;
  private final Data data;
  private final Path folder;
  private final List<String> problems = new ArrayList<>();

  /**
   * A case.
   *
   * @param name what reports call it
   * @param data makes batches for a model's inputs
   * @param folder where the optimized model goes, as {@code NAME.pP.onnx}
   */
  CorpusCase(String name, Path file, int accelerators, Data data, Path folder) {
    this.name = name;
    this.file = file;
    this.accelerators = accelerators;
    this.data = data;
    this.folder = folder;
  }

  private static Options options(int accelerators) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, accelerators)
        .set(GateOptions.GATE, false)
        .set(RepairOptions.REPAIR, Repair.NONE)
        .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(SelectionOptions.MIN_BLOCK, 1)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2)
        .build();
  }

  CorpusResult run() throws IOException {
    OnnxModel model = ModelFile.read(file);
    if (!writtenBack(model).equals(ModelFile.sha256(file))) {
      problems.add("written back with other bytes");
    }
    GraphIndex index = new GraphIndex(model);
    ConstantValues constants = new ConstantValues(model.proto().getGraph());
    List<Product> products = new ArrayList<>(Product.all(model.proto().getGraph(), constants));
    Findings findings =
        RegionFinder.find(
            index, new FinderOptions(accelerators, 1, ImmutableList.of("*"), ImmutableList.of()));
    Map<Integer, String> fate = fates(findings, index);
    // A convolution counts where it was taken for a product.
    fate.keySet().stream()
        .filter(position -> index.node(position).getOpType().equals("Conv"))
        .flatMap(position -> Product.at(model.proto().getGraph(), constants, position).stream())
        .forEach(products::add);
    ImmutableList.Builder<String> structures = ImmutableList.builder();
    Map<String, Integer> left = new TreeMap<>();
    int cut = 0;
    int whole = 0;
    for (Product product : products) {
      String became = fate.getOrDefault(product.position(), "UNEXPLAINED");
      switch (became) {
        case "cut" -> cut++;
        case "whole" -> whole++;
        default -> {
          left.merge(became, 1, Integer::sum);
          structures.add(product.name() + "\t" + became + "\t" + product.structure(constants));
        }
      }
    }
    if (left.containsKey("UNEXPLAINED")) {
      problems.add("a product without a reason");
    }
    requireExplained(model.proto());
    Path output = folder.resolve(name + ".p" + accelerators + ".onnx");
    OptimizationReport report =
        Optimizer.optimize(file, output, options(accelerators), ProgressListener.NONE);
    double limit = limit(findings, products, constants);
    double effect = 0;
    double error = 0;
    String note = "";
    if (!findings.regions().isEmpty()) {
      try (Oracle oracle = new Oracle(file, masked(model.proto(), findings.regions()), limit)) {
        for (ImmutableMap<String, Tensor> inputs : inputs()) {
          oracle.compare(output, inputs);
        }
        effect = oracle.effect();
        error = oracle.error();
        note = oracle.note();
        if (!oracle.isMet()) {
          problems.add("outputs are not the oracle's");
        }
      }
      // Loads with every optimization, too.
      InferenceSession.open(output).close();
    } else if (Files.mismatch(file, output) >= 0) {
      problems.add("nothing was cut, and the bytes differ");
    }
    return new CorpusResult(
        name,
        accelerators,
        products.size(),
        cut,
        whole,
        ImmutableSortedMap.copyOf(left),
        structures.build(),
        effect,
        error,
        limit,
        note,
        ImmutableList.copyOf(problems),
        minimumRuntime(report));
  }

  /** Every product of the file, in subgraphs and functions too, has a line of its own. */
  private void requireExplained(ModelProto model) {
    InspectReport report = Inspector.inspect(file, options(accelerators));
    long products = products(model.getGraph().getNodeList());
    for (FunctionProto function : model.getFunctionsList()) {
      products += products(function.getNodeList());
    }
    long explained = report.layers().stream().filter(l -> !l.op().equals("Conv")).count();
    if (explained != products) {
      problems.add(products + " products, " + explained + " explained");
    }
    for (InspectReport.Layer layer : report.layers()) {
      if ((layer.region() == null) == (layer.reason() == null)) {
        problems.add(layer.node() + " has not exactly one of region and reason");
      }
    }
  }

  private static long products(List<NodeProto> nodes) {
    long sum = 0;
    for (NodeProto node : nodes) {
      sum += node.getOpType().contains("Gemm") || node.getOpType().contains("MatMul") ? 1 : 0;
      for (AttributeProto attribute : node.getAttributeList()) {
        sum += attribute.hasG() ? products(attribute.getG().getNodeList()) : 0;
        for (GraphProto body : attribute.getGraphsList()) {
          sum += products(body.getNodeList());
        }
      }
    }
    return sum;
  }

  private static String minimumRuntime(OptimizationReport report) {
    OptimizationReport.@Nullable OutputInfo output = report.output();
    return output == null || output.minimumOnnxRuntime() == null ? "" : output.minimumOnnxRuntime();
  }

  private static String writtenBack(OnnxModel model) throws IOException {
    HashingOutputStream hash =
        new HashingOutputStream(Hashing.sha256(), OutputStream.nullOutputStream());
    model.proto().writeTo(hash);
    return hash.hash().toString();
  }

  /** What becomes of the product at each place: cut, whole, or a reason. */
  private static Map<Integer, String> fates(Findings findings, GraphIndex index) {
    Map<String, Integer> positions = new HashMap<>();
    for (int i = index.size() - 1; i >= 0; i--) {
      positions.put(index.nodeName(i), i);
    }
    Map<Integer, String> fates = new HashMap<>();
    for (Skipped skipped : findings.skipped()) {
      Integer position = positions.get(skipped.node());
      if (position != null) {
        fates.put(position, skipped.reason().name());
      }
    }
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.layers()) {
        fates.put(layer.layer().nodes().get(0), layer.whole() ? "whole" : "cut");
      }
    }
    return fates;
  }

  private double limit(Findings findings, List<Product> products, ConstantValues constants) {
    Set<Integer> cut = new HashSet<>();
    for (Region region : findings.regions()) {
      region.cutLayers().forEach(layer -> cut.add(layer.layer().nodes().get(0)));
    }
    return products.stream()
        .filter(product -> cut.contains(product.position()))
        .mapToDouble(product -> Tolerance.of(product.type(constants)))
        .max()
        .orElse(0);
  }

  private ModelProto masked(ModelProto model, List<Region> regions) {
    MaskedProducts masked = new MaskedProducts(model);
    for (Region region : regions) {
      PlanProblem problem =
          PlanProblem.of(region, accelerators, layer -> null, layer -> null, Workers.of(2));
      PartitionPlan plan = new ContiguousStrategy().plan(problem);
      for (RegionLayer layer : region.cutLayers()) {
        if (plan.isAssigned(layer.inSpace()) && plan.isAssigned(layer.outSpace())) {
          masked.drop(
              layer.layer().nodes().get(0),
              owners(plan, layer.inSpace(), layer.layer().in()),
              owners(plan, layer.outSpace(), layer.layer().out()));
        }
      }
    }
    return masked.build();
  }

  private static int[] owners(PartitionPlan plan, int space, int size) {
    int[] owners = new int[size];
    Arrays.fill(owners, -1);
    for (int branch = 0; branch < plan.branches(); branch++) {
      for (int feature : plan.features(space, branch)) {
        owners[feature] = branch;
      }
    }
    if (Arrays.stream(owners).anyMatch(owner -> owner < 0)) {
      throw new IllegalStateException("a feature of space " + space + " belongs to nobody");
    }
    return owners;
  }

  private List<ImmutableMap<String, Tensor>> inputs() {
    try (InferenceSession session = InferenceSession.open(file, PLAIN)) {
      return data.batches(session.inputs());
    }
  }
}
