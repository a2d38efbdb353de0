package dev.partita.context;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.UsageException;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.ModelData;
import dev.partita.runtime.ReadingOptions;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Gate;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data of a run.
 *
 * @param calibration to plan and repair with; null for none
 * @param validation to gate on; null with the gate off and no validation data given
 */
public record RunData(@Nullable DataSet calibration, @Nullable DataSet validation) {

  /** With calibration data alone, as much of it is held out for the gate. */
  private static final double HELD_OUT = 0.25;

  public static RunData read(OnnxModel model, Options options) {
    options.requireDataForGate();
    Repair repair = options.repair().method();
    if (repair != null && repair != Repair.NONE && options.planning().calibration() == null) {
      throw new UsageException(
          "Repair needs calibration data.", "Pass --calibration DATA or --repair none.");
    }
    if (options.planning().calibration() == null && options.repair().validation() == null) {
      return new RunData(null, null);
    }
    ReadingOptions reading = reading(options);
    DataSet calibration;
    DataSet validation;
    List<String> outputs;
    try (ModelData given = ModelData.of(model)) {
      InferenceSession session = given.session();
      outputs =
          Stream.concat(
                  session.outputs().stream().map(TensorDescription::name),
                  session.unsupportedOutputs().keySet().stream())
              .toList();
      calibration = given.read(options.planning().calibration(), reading);
      validation = given.read(options.repair().validation(), reading.withSeed(reading.seed() + 1));
    }
    if (validation == null && options.gate().on() && calibration != null) {
      DataSet.Split split = calibration.split(HELD_OUT);
      return checked(new RunData(split.kept(), split.heldOut()), options, outputs);
    }
    return checked(new RunData(calibration, validation), options, outputs);
  }

  /** How the options have data read. */
  public static ReadingOptions reading(Options options) {
    ImmutableMap.Builder<String, Integer> dims = ImmutableMap.builder();
    options.target().dims().forEach((name, size) -> dims.put(name, Math.toIntExact(size)));
    ImmutableMap.Builder<String, Integer> axes = ImmutableMap.builder();
    options.planning().sampleAxes().forEach((name, axis) -> axes.put(name, Math.toIntExact(axis)));
    return new ReadingOptions(
        options.planning().seed(),
        dims.buildOrThrow(),
        options.planning().paddingMask(),
        axes.buildOrThrow(),
        options.planning().batch(),
        ImmutableSet.of());
  }

  /** A gate that can never be measured is refused before the work, also where nothing is cut. */
  private static RunData checked(RunData data, Options options, List<String> outputs) {
    DataSet validation = data.validation();
    if (options.gate().on() && validation != null) {
      Gate.validate(
          options.gate().limits(), outputs, validation.labelled(), validation.description());
    }
    return data;
  }
}
