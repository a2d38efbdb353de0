package dev.partita.run;

import com.google.common.collect.ImmutableList;
import dev.partita.context.Inlining;
import dev.partita.context.RunData;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;
import dev.partita.report.schema.ShortList;
import dev.partita.runtime.DataSet;
import dev.partita.spi.ProgressListener;
import java.util.ArrayList;
import java.util.List;

/** What a run warns of: said at once, and again in the report. */
public final class RunWarnings {

  private final ProgressListener listener;
  private final List<String> warnings = new ArrayList<>();

  public RunWarnings(ProgressListener listener) {
    this.listener = listener;
  }

  /** All so far. */
  public ImmutableList<String> all() {
    return ImmutableList.copyOf(warnings);
  }

  public void ofFunctions(Inlining inlining) {
    inlining.sentences().forEach(this::warn);
  }

  void ofPatterns(Options options, Findings findings) {
    UnmatchedPatterns.sentences(options, findings).forEach(this::warn);
  }

  /** Weights that stay in the model next to their blocks. */
  void ofKeptWeights(GraphIndex index, Findings findings, int accelerators) {
    KeptWeights.sentences(index, findings, accelerators).forEach(this::warn);
  }

  public void ofData(RunData data) {
    for (DataSet set : new DataSet[] {data.calibration(), data.validation()}) {
      if (set != null) {
        set.warnings().forEach(this::warn);
      }
    }
  }

  /** What calibration data do not reach. */
  public void ofRegions(Findings findings, RunData data) {
    ofBodies(findings, data);
    if (data.calibration() == null) {
      return;
    }
    List<String> kept =
        findings.regions().stream()
            .flatMap(region -> region.layers().stream())
            .map(RegionLayer::layer)
            .filter(layer -> !layer.form().isRepairable())
            .map(layer -> "'" + layer.name() + "' (" + layer.form().label() + ")")
            .toList();
    if (!kept.isEmpty()) {
      warn("Layers that repair does not change: " + ShortList.of(kept) + ".");
    }
  }

  /** Regions that {@code --fold} leaves as they are. */
  void ofFolding(Options options, Findings findings) {
    List<String> left = inBodies(findings);
    if (options.output().fold() && !left.isEmpty()) {
      warn(
          "Regions in the bodies of If, Loop or Scan ("
              + String.join(", ", left)
              + ") are not folded into functions.");
    }
  }

  private static List<String> inBodies(Findings findings) {
    return findings.regions().stream()
        .filter(region -> !region.graph().isMain())
        .map(Region::id)
        .toList();
  }

  private void ofBodies(Findings findings, RunData data) {
    List<String> inBodies = inBodies(findings);
    if (!inBodies.isEmpty()) {
      warn(
          "Regions in the bodies of If, Loop or Scan ("
              + String.join(", ", inBodies)
              + ") are "
              + (data.calibration() == null
                  ? ""
                  : "planned without activations and not repaired, because no value in a body can"
                      + " be captured; they are ")
              + "estimated for one run of the body.");
    }
  }

  void ofRows(LayerRows rows) {
    if (rows.guessed()) {
      warn(
          "The number of rows of some layers is not in the file; the estimates assume "
              + "one row for them.");
    }
  }

  /** Says what repair ran into, however often it did. */
  void ofRepair(String warning) {
    warn(warning);
  }

  private void warn(String warning) {
    if (!warnings.contains(warning)) {
      warnings.add(warning);
      listener.warning(warning);
    }
  }
}
