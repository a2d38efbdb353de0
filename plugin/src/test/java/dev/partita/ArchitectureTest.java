package dev.partita;

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
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Holds the rooms of the library apart: who may import whom. */
class ArchitectureTest {

  /** Raise it as the library grows: a test that scans nothing passes. */
  private static final int FEWEST_CLASSES = 200;

  private static final String ROOT = "dev.partita";

  /** The rooms that each room may import, beside itself and the root. */
  private static final ImmutableMap<String, ImmutableSet<String>> IMPORTS =
      ImmutableMap.<String, ImmutableSet<String>>builder()
          .put("model", ImmutableSet.of())
          .put("runtime", ImmutableSet.of("model"))
          .put("dense.find", ImmutableSet.of("model"))
          .put("dense.select", ImmutableSet.of("model", "dense.find"))
          .put("dense.region", ImmutableSet.of("model", "dense.find", "dense.select"))
          .put("gradient", ImmutableSet.of("model"))
          .put("partition", ImmutableSet.of("dense.find", "dense.region"))
          .put("rewrite", ImmutableSet.of("model", "dense.find", "dense.region", "partition"))
          .put(
              "repair",
              ImmutableSet.of(
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "gradient"))
          .put("accelerator", ImmutableSet.of())
          // What stands on a node is what the rewriter says of it.
          .put(
              "annotate",
              ImmutableSet.of(
                  "model", "dense.find", "dense.region", "partition", "rewrite", "accelerator"))
          .put("shard", ImmutableSet.of("model", "runtime", "annotate"))
          .put("measure", ImmutableSet.of("model", "runtime", "accelerator", "optimize"))
          .put("verify", ImmutableSet.of("model", "runtime"))
          .put("spi", ImmutableSet.of())
          .put(
              "optimize",
              ImmutableSet.of(
                  "model",
                  "runtime",
                  "dense.find",
                  "dense.select",
                  "dense.region",
                  "partition",
                  "rewrite",
                  "gradient",
                  "repair",
                  "accelerator",
                  "annotate",
                  "shard",
                  "verify",
                  "spi"))
          // The records of a report hold those of verify and accelerator; it shows those of runtime
          // and measure, and describes passes.
          .put(
              "report",
              ImmutableSet.of("optimize", "verify", "accelerator", "runtime", "measure", "spi"))
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
              "measure"),
          "ai.onnxruntime..",
          ImmutableSet.of("runtime"),
          "org.bytedeco..",
          ImmutableSet.of("repair"),
          "org.snakeyaml.engine..",
          ImmutableSet.of("accelerator"),
          "com.fasterxml.jackson..",
          // The manifest of a folder of shards and the profile of a session are JSON.
          ImmutableSet.of("report", "runtime"));

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
        .resideOutsideOfPackages(room("optimize"), room("measure"))
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .check(LIBRARY);
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
