package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.context.Workspace;
import dev.partita.gradient.ForwardGraph;
import dev.partita.gradient.ValueType;
import dev.partita.model.ElementType;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the values of a forward pass are like, from running it on a few samples.
 *
 * @param types of every tensor of numbers
 * @param batched values of real numbers whose first axis is that of the samples
 * @param whole whether the model fixes the size of a batch
 */
public record Observation(
    ImmutableMap<String, ValueType> types, ImmutableSet<String> batched, boolean whole) {

  /** Two sizes, so that an axis that grows with the batch is told from one that does not. */
  private static final int FEW = 2;

  private static final int MORE = 3;

  public static Observation of(
      Workspace workspace, ForwardGraph forward, List<Tensor> parameters, DataSet data) {
    Batch few = data.batches(FEW).get(0);
    Batch more = data.batches(MORE).get(0);
    boolean whole = few.samples() == more.samples();
    ImmutableSet<String> computed = forward.computed();
    Map<String, ValueType> types = new HashMap<>();
    ImmutableSet.Builder<String> batched = ImmutableSet.builder();
    try (Workspace.Opened opened =
        workspace.open(forward.index().model(), forward.computing(computed))) {
      ImmutableList<String> readable =
          opened.session().outputs().stream()
              .map(TensorDescription::name)
              .collect(ImmutableList.toImmutableList());
      Map<String, Tensor> first = run(opened, forward, parameters, few, readable);
      Map<String, Tensor> second = run(opened, forward, parameters, more, readable);
      second.forEach(
          (name, tensor) -> {
            ElementType format = tensor.type();
            if (format.isNumber()) {
              types.put(name, new ValueType(format, tensor.shape()));
              if (format.isFloating()
                  && first.containsKey(name)
                  && leads(first.get(name), few)
                  && leads(tensor, more)) {
                batched.add(name);
              }
            }
          });
    }
    return new Observation(ImmutableMap.copyOf(types), batched.build(), whole);
  }

  private static boolean leads(Tensor tensor, Batch batch) {
    return tensor.rank() > 0 && tensor.shape().get(0) == batch.samples();
  }

  /** All values, inputs among them. */
  private static Map<String, Tensor> run(
      Workspace.Opened opened,
      ForwardGraph forward,
      List<Tensor> parameters,
      Batch batch,
      List<String> names) {
    Map<String, Tensor> fed = new HashMap<>();
    ImmutableSet<String> inputs =
        opened.session().inputs().stream()
            .map(TensorDescription::name)
            .collect(ImmutableSet.toImmutableSet());
    batch
        .inputs()
        .forEach(
            (name, tensor) -> {
              if (inputs.contains(name)) {
                fed.put(name, tensor);
              }
            });
    for (int i = 0; i < parameters.size(); i++) {
      fed.put(forward.inputs().get(i), parameters.get(i));
    }
    Map<String, Tensor> all = new HashMap<>(opened.session().run(fed, names));
    all.putAll(fed);
    return all;
  }
}
