package dev.partita.measure;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.primitives.Doubles;
import dev.partita.commands.Estimator;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.options.Options;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.EstimateReport.LayerEstimate;
import dev.partita.runtime.NodeTimes;
import dev.partita.runtime.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds the estimate of each dense layer of a model against its measured time. */
public final class LayerBench {

  /** Runs before those that count: the first ones also load pages and fill caches. */
  private static final int WARM_UP = 3;

  private LayerBench() {}

  /**
   * Measures and estimates.
   *
   * @param threads inside an operator
   * @param inputs of every run
   * @param runs that count
   * @param options the target of the estimates, and the sizes of symbolic dimensions
   */
  public static ImmutableList<LayerTime> of(
      Path model, int threads, Map<String, Tensor> inputs, int runs, Options options) {
    ImmutableListMultimap<String, Double> times =
        NodeTimes.micros(model, threads, inputs, WARM_UP + runs);
    EstimateReport estimates = Estimator.model(model, options);
    ImmutableList.Builder<LayerTime> layers = ImmutableList.builder();
    for (LayerEstimate layer : estimates.layers()) {
      layers.add(
          new LayerTime(
              layer.name(),
              layer.rows(),
              layer.in(),
              layer.out(),
              layer.in() * layer.out() * estimates.target().wordBits() / 8,
              median(times, layer.name()),
              layer.estimate().privateDram().denseOnOne().latencyMicros()));
    }
    return layers.build();
  }

  private static @Nullable Double median(
      ImmutableListMultimap<String, Double> times, String layer) {
    for (String kernel : times.keySet()) {
      List<Double> runs = times.get(kernel);
      if (isOf(kernel, layer) && runs.size() > WARM_UP) {
        return Bench.quantile(Doubles.toArray(runs.subList(WARM_UP, runs.size())), 0.5);
      }
    }
    return null;
  }

  /** ONNX Runtime's names of a Gemm that a MatMul and its Add, or a Gemm and its Relu, became. */
  private static boolean isOf(String kernel, String layer) {
    return kernel.equals(layer)
        || kernel.startsWith(layer + "/MatMulAddFusion")
        || kernel.startsWith("fused " + layer);
  }
}
