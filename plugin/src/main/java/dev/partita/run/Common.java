package dev.partita.run;

import dev.partita.context.Fronts;
import dev.partita.context.RunData;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.plan.KnownPlans;
import dev.partita.repair.moments.KnownScales;
import dev.partita.runtime.DataSet;
import dev.partita.verify.Reference;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is the same in all runs of one model on the same data, computed once: the data sets, what
 * the original makes of them, the moments of what its layers read, and plans. Runs that share it
 * may differ in accelerators, strategy, bridges and layers left alone.
 */
public final class Common implements AutoCloseable {

  private final Workers workers;
  private final KnownScales scales = new KnownScales();
  private final KnownPlans plans = new KnownPlans();
  private final Fronts fronts = new Fronts();
  private @Nullable RunData data;
  private @Nullable Reference reference;

  /** With the threads of the runs, which closing ends. */
  public Common(int threads) {
    this.workers = Workers.of(threads);
  }

  public Workers workers() {
    return workers;
  }

  RunData data(OnnxModel model, Options options) {
    RunData known = data;
    if (known == null) {
      known = RunData.read(model, options);
      data = known;
    }
    return known;
  }

  Reference reference(Path model, DataSet validation) throws InterruptedException {
    Reference known = reference;
    if (known == null) {
      known = Reference.of(model, validation, workers);
      reference = known;
    }
    return known;
  }

  Fronts fronts() {
    return fronts;
  }

  KnownScales scales() {
    return scales;
  }

  KnownPlans plans() {
    return plans;
  }

  @Override
  public void close() {
    if (reference != null) {
      reference.close();
    }
    workers.close();
  }
}
