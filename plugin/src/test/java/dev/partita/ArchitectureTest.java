package dev.partita;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the rooms of the library apart: who may import whom. */
class ArchitectureTest {

  /** Raise it as the library grows: a test that scans nothing passes. */
  private static final int FEWEST_CLASSES = 200;

  private static final String ROOT = "dev.partita";

  /** Between them the page has the picture of the rooms. */
  private static final String BEGIN = "<!-- rooms -->\n";

  private static final String END = "<!-- /rooms -->";

  /** The rooms that each room may import, beside itself and the root. */
  private static final ImmutableMap<String, ImmutableSet<String>> IMPORTS =
      ImmutableMap.<String, ImmutableSet<String>>builder()
          .put("workers", ImmutableSet.of())
          .put("model", ImmutableSet.of("workers"))
          .put("runtime", ImmutableSet.of("workers", "model"))
          .put("dense.find", ImmutableSet.of("model"))
          .put("dense.select", ImmutableSet.of("model", "dense.find"))
          .put("dense.region", ImmutableSet.of("model", "dense.find", "dense.select"))
          .put("gradient", ImmutableSet.of("model"))
          .put("partition", ImmutableSet.of("workers", "dense.find", "dense.region"))
          .put("rewrite", ImmutableSet.of("model", "dense.find", "dense.region", "partition"))
          .put(
              "repair.moments",
              ImmutableSet.of(
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "context"))
          .put("repair.leastsquares", ImmutableSet.of("dense.find", "rewrite", "repair.moments"))
          .put(
              "repair.lowrank",
              ImmutableSet.of(
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "repair.moments",
                  "repair.leastsquares"))
          .put(
              "repair.distillation",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.region",
                  "rewrite",
                  "gradient",
                  "context",
                  "verify",
                  "repair.moments"))
          .put(
              "repair.region",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "gradient",
                  "options",
                  "context",
                  "verify",
                  "repair.moments",
                  "repair.leastsquares",
                  "repair.lowrank",
                  "repair.distillation"))
          .put("accelerator", ImmutableSet.of())
          // What stands on a node is what the rewriter says of it.
          .put(
              "annotate",
              ImmutableSet.of(
                  "model", "dense.find", "dense.region", "partition", "rewrite", "accelerator"))
          .put("shard", ImmutableSet.of("model", "runtime", "annotate"))
          .put(
              "measure",
              ImmutableSet.of(
                  "model", "runtime", "accelerator", "options", "commands", "report.schema"))
          .put("verify", ImmutableSet.of("workers", "model", "runtime"))
          .put("spi", ImmutableSet.of())
          .put("options", ImmutableSet.of("dense.find", "accelerator", "verify", "spi"))
          // The records of the reports hold those of verify and accelerator.
          .put(
              "report.schema",
              ImmutableSet.of("dense.find", "options", "verify", "accelerator", "spi"))
          .put(
              "context",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.select",
                  "options",
                  "accelerator",
                  "verify",
                  "spi",
                  "estimate",
                  "report.schema"))
          .put(
              "estimate",
              ImmutableSet.of(
                  "model",
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "options",
                  "accelerator",
                  "report.schema"))
          .put(
              "plan",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.select",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "options",
                  "accelerator",
                  "context",
                  "estimate",
                  "repair.moments",
                  "repair.region",
                  "report.schema"))
          .put(
              "trial",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "options",
                  "accelerator",
                  "annotate",
                  "verify",
                  "spi",
                  "context",
                  "estimate",
                  "plan",
                  "repair.region",
                  "report.schema"))
          .put(
              "run",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.select",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "options",
                  "accelerator",
                  "annotate",
                  "verify",
                  "spi",
                  "context",
                  "estimate",
                  "plan",
                  "trial",
                  "repair.moments",
                  "repair.region",
                  "report.schema"))
          .put(
              "commands",
              ImmutableSet.of(
                  "workers",
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.select",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "options",
                  "accelerator",
                  "annotate",
                  "verify",
                  "spi",
                  "context",
                  "estimate",
                  "plan",
                  "run",
                  "repair.moments",
                  "report.schema"))
          // It also shows what was measured, the files of shards, and passes.
          .put(
              "report",
              ImmutableSet.of(
                  "dense.find", "options", "verify", "accelerator", "runtime", "measure", "spi"))
          .buildOrThrow();

  /** What comes from elsewhere, and the only rooms that may use it. */
  private static final ImmutableMap<String, ImmutableSet<String>> ONLY_USERS =
      ImmutableMap.of(
          "dev.partita.onnx..",
          ImmutableSet.of(
              "model",
              "runtime",
              "dense.find",
              "dense.select",
              "dense.region",
              "rewrite",
              "annotate",
              "gradient",
              "shard",
              "verify",
              "measure"),
          "com.google.protobuf..",
          ImmutableSet.of(
              "model",
              "runtime",
              "dense.find",
              "dense.select",
              "dense.region",
              "rewrite",
              "annotate",
              "gradient",
              "shard",
              "verify",
              "measure"),
          "ai.onnxruntime..",
          ImmutableSet.of("runtime"),
          "org.bytedeco..",
          ImmutableSet.of("repair.moments", "repair.leastsquares", "repair.lowrank"),
          "org.snakeyaml.engine..",
          ImmutableSet.of("accelerator"),
          // The manifest of a folder of shards and the profile of a session are JSON.
          "com.fasterxml.jackson.core..",
          ImmutableSet.of("report", "runtime"),
          "com.fasterxml.jackson.databind..",
          ImmutableSet.of("report", "runtime"),
          // Records of a report say what their keys are.
          "com.fasterxml.jackson.annotation..",
          ImmutableSet.of("report", "report.schema", "verify", "accelerator", "measure"));

  @SuppressWarnings("UnusedVariable") // Read by the parameterized test.
  private static final ImmutableList<String> ROOMS = IMPORTS.keySet().asList();

  /** The library's own classes, without its tests and the ONNX schema. */
  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT)
          .that(resideOutsideOfPackages("dev.partita.onnx..", "dev.partita.fixtures.."));

  @Test
  void scansTheWholeLibrary() {
    assertThat(LIBRARY.size()).isGreaterThanOrEqualTo(FEWEST_CLASSES);
  }

  @Test
  void everyClassIsInARoom() {
    String[] rooms = IMPORTS.keySet().stream().map(ArchitectureTest::room).toArray(String[]::new);
    classes().should().resideInAnyPackage(withRoot(rooms)).check(LIBRARY);
  }

  @ParameterizedTest
  @FieldSource("ROOMS")
  void aRoomImportsWhatItsRowNames(String name) {
    onlyAllowedImports(name).check(LIBRARY);
  }

  @Test
  void noRoomImportsItselfThroughOthers() {
    IMPORTS.keySet().forEach(room -> assertThat(reached(room)).as(room).doesNotContain(room));
  }

  @Test
  void contributingShowsTheRooms() throws IOException {
    String page = Files.readString(Path.of("..", "CONTRIBUTING.md"));
    String shown = page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END));
    assertThat(shown).isEqualTo(picture());
  }

  /** The rooms in Mermaid, without arrows to what another arrow leads to. */
  private static String picture() {
    StringBuilder picture = new StringBuilder("```mermaid\ngraph TD\n");
    IMPORTS.forEach(
        (room, imports) ->
            imports.stream()
                .filter(direct -> imports.stream().noneMatch(i -> reached(i).contains(direct)))
                .forEach(direct -> picture.append("  %s --> %s\n".formatted(room, direct))));
    return picture.append("```\n").toString();
  }

  private static Set<String> reached(String room) {
    Set<String> reached = new HashSet<>();
    for (String direct : IMPORTS.getOrDefault(room, ImmutableSet.of())) {
      reached.add(direct);
      reached.addAll(reached(direct));
    }
    return reached;
  }

  @Test
  void theRootImportsNoRoom() {
    classes()
        .that()
        .resideInAPackage(ROOT)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(ROOT, "java..", "org.jspecify.."))
        .check(LIBRARY);
  }

  @Test
  void onlyTheModelRoomParses() {
    DescribedPredicate<JavaClass> parsers =
        type(CodedInputStream.class).or(type(UnsafeByteOperations.class));
    noClasses()
        .that()
        .resideOutsideOfPackage(room("model"))
        .should()
        .dependOnClassesThat(parsers)
        .check(LIBRARY);
  }

  @Test
  void theLibraryPrintsNothingAndNeverExits() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(LIBRARY);
    noClasses().should().callMethod(System.class, "exit", int.class).check(LIBRARY);
  }

  @Test
  void onlyTheRunsOwnFiguresReadAClock() {
    noClasses()
        .that()
        .resideOutsideOfPackages(room("context"), room("commands"), room("measure"))
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .check(LIBRARY);
  }

  @Test
  void onlyWorkersAndShardsHaveThreads() {
    noThreads("workers", "runtime").check(LIBRARY);
    assertThatThrownBy(() -> noThreads("runtime").check(LIBRARY))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Executors");
  }

  /** The rooms whose records are reports, wide because a report is. */
  private static final ImmutableSet<String> REPORTS =
      ImmutableSet.of(
          "dev.partita.report.schema",
          "dev.partita.verify.Accuracy",
          "dev.partita.measure.BenchReport",
          "dev.partita.accelerator.Estimate",
          "dev.partita.accelerator.EnergyBreakdown");

  /** Records of more components than a constructor should have; none may be added. */
  private static final ImmutableSet<String> WIDE =
      ImmutableSet.of(
          "BenchOptions",
          "DenseLayer",
          "EmittedBlock",
          "LayerEmitter$Block",
          "LayerWork",
          "Region",
          "RegionRewrite",
          "Target",
          "TrainingGraph",
          "Work");

  @Test
  void constructorsHaveAtMostSevenParameters() {
    Set<String> wide = new TreeSet<>();
    for (JavaClass type : LIBRARY) {
      boolean report = REPORTS.stream().anyMatch(type.getName()::startsWith);
      if (!report
          && type.getConstructors().stream()
              .anyMatch(constructor -> constructor.getRawParameterTypes().size() > 7)) {
        wide.add(type.getName().substring(type.getPackageName().length() + 1));
      }
    }
    // A record that grew narrower leaves the list.
    assertThat(wide).containsExactlyElementsOf(WIDE);
  }

  /** The streams of the common pool would compute on more threads than a run was given. */
  private static ArchRule noThreads(String... rooms) {
    String[] packages = Stream.of(rooms).map(ArchitectureTest::room).toArray(String[]::new);
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages)
        .should()
        .dependOnClassesThat(
            assignableTo(Executor.class)
                .or(type(Executors.class))
                .or(type(CompletableFuture.class)))
        .orShould()
        .callMethodWhere(
            DescribedPredicate.describe(
                "a parallel stream's",
                call ->
                    call.getName().startsWith("parallel")
                        && call.getTargetOwner().getPackageName().startsWith("java.util")));
  }

  @Test
  void theRulesCanFail() {
    // The cost model reads YAML, which the row of the reports does not name.
    ArchRule tooNarrow =
        classes()
            .that()
            .resideInAPackage(room("accelerator"))
            .should()
            .onlyDependOnClassesThat(allowed("report"));
    assertThatThrownBy(() -> tooNarrow.check(LIBRARY))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("org.snakeyaml");
  }

  private static ArchRule onlyAllowedImports(String name) {
    return classes()
        .that()
        .resideInAPackage(room(name))
        .should()
        .onlyDependOnClassesThat(allowed(name))
        .as("room " + name + " imports what its row names");
  }

  private static DescribedPredicate<JavaClass> allowed(String name) {
    ImmutableList.Builder<String> packages = ImmutableList.builder();
    packages.add("java..", "org.jspecify..", "com.google.common..", ROOT, room(name));
    IMPORTS.getOrDefault(name, ImmutableSet.of()).forEach(room -> packages.add(room(room)));
    ONLY_USERS.forEach(
        (library, users) -> {
          if (users.contains(name)) {
            packages.add(library);
          }
        });
    return resideInAnyPackage(packages.build().toArray(String[]::new)).or(primitive());
  }

  private static DescribedPredicate<JavaClass> primitive() {
    return DescribedPredicate.describe(
        "a primitive or an array of them",
        javaClass -> javaClass.getBaseComponentType().isPrimitive());
  }

  private static String room(String name) {
    return ROOT + "." + name + "..";
  }

  private static String[] withRoot(String[] rooms) {
    return ImmutableList.<String>builder().add(ROOT).add(rooms).build().toArray(String[]::new);
  }
}
