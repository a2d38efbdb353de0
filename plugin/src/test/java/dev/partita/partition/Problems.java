package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.Operands;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.ModelProto;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Chains of layers, as strategies see them. */
final class Problems {

  private static final OnnxModel NONE =
      new OnnxModel(ModelProto.getDefaultInstance(), Path.of("none.onnx"), 0);

  private Problems() {}

  static WeightMatrix matrix(float[] values, int in, int out) {
    return WeightMatrix.of(
        NONE,
        ConstantSource.of(Tensors.ofFloats("w", values, in, out)),
        new Operands(0, 1, false, 0, ImmutableList.of()));
  }

  /** A matrix that is stored by output features. */
  static WeightMatrix transposed(float[] stored, int in, int out) {
    return WeightMatrix.of(
        NONE,
        ConstantSource.of(Tensors.ofFloats("w", stored, out, in)),
        new Operands(0, 1, true, 0, ImmutableList.of()));
  }

  static WeightMatrix random(SplittableRandom random, int in, int out) {
    float[] values = new float[in * out];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return matrix(values, in, out);
  }

  /** Layer i reads space i and makes space i + 1; all spaces are assigned. */
  static PlanProblem chain(
      int branches, int threads, @Nullable FeatureCovariance covariance, WeightMatrix... weights) {
    return granular(branches, threads, 1, covariance, weights);
  }

  /** The same with this granule in every space. */
  static PlanProblem granular(
      int branches,
      int threads,
      int granule,
      @Nullable FeatureCovariance covariance,
      WeightMatrix... weights) {
    List<FeatureSpace> spaces = new ArrayList<>();
    List<PlanProblem.Layer> layers = new ArrayList<>();
    spaces.add(new FeatureSpace(0, weights[0].in(), State.ASSIGNED, granule));
    for (int i = 0; i < weights.length; i++) {
      spaces.add(new FeatureSpace(i + 1, weights[i].out(), State.ASSIGNED, granule));
      layers.add(
          new PlanProblem.Layer(
              i, i + 1, new LayerImportance(weights[i], null, Workers.of(threads)), covariance));
    }
    return new PlanProblem(branches, ImmutableList.copyOf(spaces), ImmutableList.copyOf(layers), 0);
  }

  /** The identity as a covariance: inputs that tell nothing of each other. */
  static FeatureCovariance independent(int size) {
    double[] matrix = new double[size * size];
    for (int i = 0; i < size; i++) {
      matrix[i * size + i] = 1;
    }
    return new FeatureCovariance(ImmutableList.of(new FeatureCovariance.Run(0, size, matrix)));
  }
}
