package dev.partita.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.Version;
import dev.partita.measure.BenchReport;
import dev.partita.optimize.AnnotateReport;
import dev.partita.optimize.EstimateReport;
import dev.partita.optimize.InspectReport;
import dev.partita.optimize.MasksReport;
import dev.partita.optimize.OptimizationReport;
import dev.partita.optimize.OptimizationReport.InputInfo;
import dev.partita.optimize.OptimizationReport.LayerReport;
import dev.partita.optimize.OptimizationReport.OutputInfo;
import dev.partita.optimize.OptimizationReport.RegionReport;
import dev.partita.optimize.OptimizationReport.RunInfo;
import dev.partita.optimize.OptimizationReport.SkippedNode;
import dev.partita.optimize.OptimizationReport.Step;
import dev.partita.optimize.OptimizationReport.TargetInfo;
import dev.partita.optimize.OptimizationReport.Trial;
import dev.partita.optimize.SearchReport;
import dev.partita.verify.Accuracy;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports as JSON, for programs. Keys and their order are a contract: they are added to, never
 * renamed, and {@code schemaVersion} rises when one changes its meaning. Equal reports give equal
 * text. A figure that is absent is null.
 */
public final class JsonReport {

  private static final int SCHEMA_VERSION = 1;

  private final JsonWriter json = new JsonWriter();
  private final JsonEstimates estimates = new JsonEstimates(json);
  private final JsonAccuracy accuracies = new JsonAccuracy(json);

  private JsonReport() {}

  /** The report of a run, ending in a line feed. */
  public static String of(OptimizationReport report) {
    return JsonWriter.text(tree(report));
  }

  static ObjectNode tree(OptimizationReport report) {
    return new JsonReport().optimization(report);
  }

  /** What was found in a model, ending in a line feed. */
  public static String of(InspectReport report) {
    return new JsonReport().inspection(report);
  }

  /** What was put back on a model, ending in a line feed. */
  public static String of(AnnotateReport report) {
    return new JsonReport().annotation(report);
  }

  private String annotation(AnnotateReport report) {
    ObjectNode object = header(Version.current());
    ArrayNode warnings = object.putArray("warnings");
    object.set("input", input(report.input()));
    object.set("output", output(report.output()));
    object.put("source", JsonWriter.code(report.source()));
    TargetInfo target = report.target();
    object.set("target", target == null ? null : estimates.target(target));
    object.put("byName", report.byName());
    object.put("byOutput", report.byOutput());
    object.set("skipped", json.array(report.skipped(), this::skipped));
    return JsonWriter.text(finish(object, warnings, Stream.of()));
  }

  /** A cost table, ending in a line feed. */
  public static String of(EstimateReport report) {
    return new JsonReport().estimation(report);
  }

  /** A comparison of two models, ending in a line feed. */
  public static String of(Accuracy accuracy) {
    return new JsonReport().comparison(accuracy);
  }

  /** What was measured, ending in a line feed. */
  public static String of(BenchReport report) {
    return new JsonReport().bench(report);
  }

  /** What a search tried, ending in a line feed. */
  public static String of(SearchReport report) {
    return JsonWriter.text(tree(report));
  }

  static ObjectNode tree(SearchReport report) {
    return new JsonReport().search(report);
  }

  private String bench(BenchReport report) {
    ObjectNode object = header(Version.current());
    ArrayNode warnings = object.putArray("warnings");
    new JsonBench(json).into(object, report);
    return JsonWriter.text(finish(object, warnings, report.warnings().stream()));
  }

  /** A plan as masks, ending in a line feed. */
  public static String of(MasksReport report) {
    return new JsonReport().masks(report);
  }

  /**
   * What the arrays of a plan's archive are, ending in a line feed. Holds no path, so that the
   * archive of a model is the same wherever that lies.
   */
  public static String description(MasksReport report) {
    JsonReport writer = new JsonReport();
    ObjectNode object = writer.header(Version.current());
    object.put("inputSha256", report.input().sha256());
    new JsonMasks(writer.json).into(object, report);
    return JsonWriter.text(object);
  }

  private String masks(MasksReport report) {
    ObjectNode object = header(Version.current());
    ArrayNode warnings = object.putArray("warnings");
    object.set("input", input(report.input()));
    new JsonMasks(json).into(object, report);
    object.set("skipped", json.array(report.skipped(), this::skipped));
    return JsonWriter.text(finish(object, warnings, report.warnings().stream()));
  }

  private ObjectNode search(SearchReport report) {
    ObjectNode object = header(Version.current());
    object.set("input", input(report.input()));
    new JsonSearch(json, estimates).into(object, report);
    return object;
  }

  private ObjectNode optimization(OptimizationReport report) {
    ObjectNode object = header(report.partita());
    object.put("seed", report.seed());
    object.put("outcome", JsonWriter.code(report.outcome()));
    ArrayNode warnings = object.putArray("warnings");
    object.set("input", input(report.input()));
    object.set("output", output(report.output()));
    object.set("target", estimates.target(report.target()));
    object.set("regions", json.array(report.regions(), this::region));
    object.set("total", estimates.both(report.total()));
    object.set("steps", json.array(report.steps(), this::step));
    object.set("skipped", json.array(report.skipped(), this::skipped));
    ObjectNode notCosted = object.putObject("operatorsNotCosted");
    report.operatorsNotCosted().forEach(notCosted::put);
    object.set("accuracy", accuracies.accuracy(report.accuracy()));
    object.set("run", run(report.run()));
    return finish(object, warnings, report.warnings().stream());
  }

  private String inspection(InspectReport report) {
    ObjectNode object = header(Version.current());
    object.set("input", input(report.input()));
    object.put("accelerators", report.accelerators());
    object.set("layers", json.array(report.layers(), this::inspectedLayer));
    ArrayNode warnings = object.putArray("warnings");
    report.warnings().forEach(warnings::add);
    return JsonWriter.text(object);
  }

  private String estimation(EstimateReport report) {
    ObjectNode object = header(Version.current());
    ArrayNode warnings = object.putArray("warnings");
    object.put("subject", report.subject());
    object.set("target", estimates.target(report.target()));
    object.set("layers", json.array(report.layers(), this::estimatedLayer));
    object.set("total", estimates.both(report.total()));
    object.set("notCosted", json.array(report.notCosted(), this::skipped));
    ObjectNode notCosted = object.putObject("operatorsNotCosted");
    report.operatorsNotCosted().forEach(notCosted::put);
    return JsonWriter.text(finish(object, warnings, report.warnings().stream()));
  }

  private String comparison(Accuracy accuracy) {
    ObjectNode object = header(Version.current());
    ArrayNode warnings = object.putArray("warnings");
    object.set("accuracy", accuracies.accuracy(accuracy));
    return JsonWriter.text(finish(object, warnings, Stream.of()));
  }

  private ObjectNode header(String version) {
    return json.object().put("schemaVersion", SCHEMA_VERSION).put("partita", version);
  }

  // Last, because only now it is known which figures could not be written.
  private ObjectNode finish(ObjectNode object, ArrayNode warnings, Stream<String> sentences) {
    Stream.concat(sentences, json.notes().stream()).forEach(warnings::add);
    return object;
  }

  private ObjectNode input(InputInfo input) {
    return json.object()
        .put("path", input.path())
        .put("sha256", input.sha256())
        .put("bytes", input.bytes())
        .put("irVersion", input.irVersion())
        .put("opset", input.opset())
        .put("parameters", input.parameters());
  }

  private @Nullable ObjectNode output(@Nullable OutputInfo output) {
    if (output == null) {
      return null;
    }
    return json.object()
        .put("path", output.path())
        .put("sha256", output.sha256())
        .put("bytes", output.bytes())
        .put("irVersion", output.irVersion())
        .put("parameters", output.parameters())
        .put("minimumOnnxRuntime", output.minimumOnnxRuntime());
  }

  private ObjectNode region(RegionReport region) {
    ObjectNode object = json.object();
    object.put("id", region.id());
    object.put("status", JsonWriter.code(region.status()));
    object.put("reason", region.reason());
    object.put("accelerators", region.accelerators());
    object.set("layers", json.array(region.layers(), this::layer));
    object.put("strategy", region.strategy());
    json.number(object, "retainedImportance", region.retainedImportance());
    object.put("repair", region.repair());
    json.number(object, "relativeErrorAfterRepair", region.relativeErrorAfterRepair());
    object.put("parametersBefore", region.parametersBefore());
    object.put("parametersAfter", region.parametersAfter());
    object.put("bridgeRank", region.bridgeRank());
    object.set("estimate", estimates.both(region.estimate()));
    object.put("softened", region.softened());
    json.number(object, "alone", region.alone());
    return object;
  }

  private ObjectNode layer(LayerReport layer) {
    return json.object()
        .put("name", layer.name())
        .put("form", layer.form())
        .put("in", layer.in())
        .put("out", layer.out())
        .put("state", JsonWriter.code(layer.state()));
  }

  private ObjectNode step(Step step) {
    ObjectNode object = json.object();
    object.put("region", step.region()).put("action", step.action()).put("metric", step.metric());
    json.number(object, "alone", step.alone());
    json.number(object, "value", step.value());
    json.number(object, "standardError", step.standardError());
    object.put("passed", step.passed());
    object.put("detail", step.detail());
    json.number(object, "aloneAfter", step.aloneAfter());
    object.set("tried", json.array(step.tried(), this::trial));
    return object;
  }

  private ObjectNode trial(Trial trial) {
    ObjectNode object = json.object();
    object.put("action", trial.action()).put("detail", trial.detail());
    object.put("cycles", trial.cycles());
    json.number(object, "alone", trial.alone());
    return object.put("passed", trial.passed());
  }

  private ObjectNode skipped(SkippedNode skipped) {
    return json.object()
        .put("node", skipped.node())
        .put("op", skipped.op())
        .put("reason", skipped.reason())
        .put("detail", skipped.detail());
  }

  private ObjectNode run(RunInfo run) {
    ObjectNode object = json.object();
    object.set(
        "stages",
        json.array(
            run.stages(),
            stage -> json.object().put("name", stage.name()).put("millis", stage.millis())));
    return object.put("peakHeapBytes", run.peakHeapBytes()).put("threads", run.threads());
  }

  private ObjectNode inspectedLayer(InspectReport.Layer layer) {
    return json.object()
        .put("node", layer.node())
        .put("op", layer.op())
        .put("form", layer.form())
        .put("in", layer.in())
        .put("out", layer.out())
        .put("rows", layer.rows())
        .put("parameters", layer.parameters())
        .put("region", layer.region())
        .put("state", layer.state() == null ? null : JsonWriter.code(layer.state()))
        .put("reason", layer.reason())
        .put("detail", layer.detail());
  }

  private ObjectNode estimatedLayer(EstimateReport.LayerEstimate layer) {
    ObjectNode object = json.object();
    object.put("name", layer.name()).put("rows", layer.rows());
    object.put("in", layer.in()).put("out", layer.out());
    object.put("state", JsonWriter.code(layer.state()));
    object.set("estimate", estimates.both(layer.estimate()));
    return object;
  }
}
