package dev.partita.cli.golden;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.DenseHead;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.RandomModels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The cases: forms of layers, options, and the models of the fixtures. */
final class GoldenCases {

  /** Small layers are cut as well. */
  private static final String SMALL = " -p 4 --min-block 4";

  private static final String INSPECT = "inspect @in.onnx" + SMALL;
  private static final String OPTIMIZE = "optimize @in.onnx -o @out.onnx --threads 2" + SMALL;
  private static final String ALL = " --include *";
  private static final String REPAIRED = " --calibration random:256 --validation random:128";
  private static final String BARE = " --validation random:128 --no-gate --seed 3";

  private GoldenCases() {}

  static ImmutableList<GoldenCase> all() {
    return Stream.of(forms(), places(), options(), outcomes(), trained(), exported(), others())
        .flatMap(ImmutableList::stream)
        .collect(ImmutableList.toImmutableList());
  }

  private static GoldenCase model(String name, GraphBuilder graph) {
    return GoldenCase.of(name, folder -> graph.write(folder.resolve("in.onnx")));
  }

  private static ImmutableList<GoldenCase> forms() {
    return ImmutableList.of(
        model("gemm-chain", PlainModels.gemmChain())
            .json("inspect", INSPECT)
            .json("estimate", "estimate @in.onnx -p 4 --dim N=8")
            .json("optimize", OPTIMIZE + REPAIRED + " --no-gate --dim N=8", "out.onnx")
            .json("verify", "verify @in.onnx @out.onnx --data random:128 --no-gate --threads 2"),
        model("matmul-add", PlainModels.batched())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + BARE + ALL + " --strategy contiguous", "out.onnx"),
        model("conv-1x1", PlainModels.convolutions())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + REPAIRED + ALL + " --no-gate", "out.onnx"),
        model("constant-left", PlainModels.constantLeft())
            .json("optimize", OPTIMIZE + BARE + ALL + " --strategy random", "out.onnx"),
        model("float16", QuantizedModels.half())
            .json("optimize", OPTIMIZE + REPAIRED + ALL + " --no-gate", "out.onnx"),
        model("dynamic-quantized", QuantizedModels.dynamic())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + REPAIRED + ALL + " --no-gate", "out.onnx"),
        model("qlinear-matmul", QuantizedModels.qlinear())
            .json("optimize", OPTIMIZE + BARE + ALL, "out.onnx"),
        model("dequantized", QuantizedModels.dequantized())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + REPAIRED + ALL + " --no-gate", "out.onnx"),
        model("matmul-nbits", QuantizedModels.fewBits())
            .json("inspect", INSPECT + ALL)
            .json("optimize", OPTIMIZE + BARE + ALL, "out.onnx"));
  }

  private static ImmutableList<GoldenCase> places() {
    return ImmutableList.of(
        GoldenCase.of(
                "residual",
                folder -> {
                  PlainModels.residual().write(folder.resolve("in.onnx"));
                  sentences(64, 7, folder.resolve("sentences.npz"));
                })
            .json("inspect", INSPECT)
            .json(
                "optimize",
                OPTIMIZE
                    + " --calibration @sentences.npz --validation @sentences.npz"
                    + " --max-relative-error 0.9 --dim L=7",
                "out.onnx")
            .json(
                "unmasked",
                "optimize @in.onnx --dry-run --padding-mask none --no-gate --threads 2"
                    + " --calibration @sentences.npz --validation @sentences.npz"
                    + SMALL),
        model("tied-weights", PlainModels.tied())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + BARE + ALL, "out.onnx"),
        model("moves", PlainModels.moves())
            .json("inspect", INSPECT)
            .json("optimize", OPTIMIZE + BARE + ALL, "out.onnx"),
        model("loop", BodyModels.loop())
            .json("inspect", INSPECT)
            .json("estimate", "estimate @in.onnx -p 4")
            .json("optimize", OPTIMIZE + REPAIRED + ALL + " --no-gate", "out.onnx"),
        model("if", BodyModels.choice())
            .json("optimize", OPTIMIZE + " --no-gate" + ALL, "out.onnx"),
        GoldenCase.of(
                "functions",
                folder ->
                    Files.write(folder.resolve("in.onnx"), BodyModels.functions().toByteArray()))
            .json("inspect", INSPECT)
            .json("inline", INSPECT + " --inline-functions")
            .json("estimate", "estimate @in.onnx -p 4 --inline-functions")
            .json("optimize", OPTIMIZE + BARE + " --inline-functions --fold", "out.onnx"),
        GoldenCase.of(
                "external-data",
                folder -> {
                  Path model = DenseHead.write(folder, new int[] {48, 64, 40, 8}, 5);
                  Files.move(model, folder.resolve("in.onnx"));
                })
            .json("optimize", OPTIMIZE + BARE, "out.onnx"));
  }

  /** Rows of a sentence that its mask leaves out are larger than the others. */
  private static void sentences(int count, int length, Path file) {
    SplittableRandom random = new SplittableRandom(9);
    float[] rows = new float[count * length * PlainModels.WIDTH];
    float[] mask = new float[count * length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % length < 3 + i / length % 5 ? 1 : 0;
      for (int j = 0; j < PlainModels.WIDTH; j++) {
        rows[i * PlainModels.WIDTH + j] = (float) random.nextGaussian() * (mask[i] == 0 ? 9 : 1);
      }
    }
    new NpzArrays()
        .with("x0", rows, count, length, PlainModels.WIDTH)
        .with("attention_mask", mask, count, length)
        .writeRows(count, file);
  }

  private static ImmutableList<GoldenCase> options() {
    return ImmutableList.of(
        model("bridges", PlainModels.lowRank())
            .json(
                "optimize",
                OPTIMIZE + REPAIRED + ALL + " --bridge-rank 4 --no-gate --dram shared",
                "out.onnx"),
        model("distill", PlainModels.lowRank())
            .json(
                "optimize",
                OPTIMIZE + REPAIRED + ALL + " --repair distill --distill-steps 40 --no-gate",
                "out.onnx"),
        GoldenCase.of(
                "unequal",
                folder -> {
                  PlainModels.gemmChain().write(folder.resolve("in.onnx"));
                  Files.writeString(folder.resolve("target.yaml"), unequal());
                })
            .json("inspect", "inspect @in.onnx --min-block 4 --target @target.yaml")
            .json(
                "optimize",
                "optimize @in.onnx -o @out.onnx --threads 2 --min-block 4 --target @target.yaml"
                    + " --no-gate --set dram.sharing=shared",
                "out.onnx"),
        model("lossless", PlainModels.grouped())
            .json(
                "optimize",
                OPTIMIZE + ALL + " --validation random:64 --strategy lossless",
                "out.onnx"),
        model("include-exclude", PlainModels.twoOutputs())
            .json("inspect", INSPECT + " --include left --exclude right")
            .json(
                "optimize",
                OPTIMIZE + BARE + " --include left --include last --exclude right",
                "out.onnx"),
        model("two-outputs", PlainModels.twoOutputs())
            .json(
                "optimize",
                OPTIMIZE
                    + REPAIRED
                    + ALL
                    + " --output z --min-agreement 0 --max-relative-error 0.9 --ir-version keep",
                "out.onnx"),
        model("masks", PlainModels.twoOutputs())
            .json("masks", "masks @in.onnx -o @masks.npz --threads 2" + SMALL + ALL, "masks.npz")
            .json(
                "calibrated",
                "masks @in.onnx -o @c.npz --threads 2 --calibration random:64" + SMALL + ALL),
        model("search", PlainModels.stack(new int[] {4, 4}, new int[] {1, 1}))
            .json(
                "search",
                "search @in.onnx --threads 2 --min-block 16 --min-agreement 0.6"
                    + REPAIRED
                    + " --max-relative-error 0.3 --include first* --include second*"),
        GoldenCase.of(
                "metric",
                folder -> {
                  PlainModels.stack(new int[] {4, 4}).write(folder.resolve("in.onnx"));
                  Path score = folder.resolve("score");
                  Files.writeString(score, "#!/bin/sh\necho 0.90 0.88\n");
                  assertThat(score.toFile().setExecutable(true)).isTrue();
                })
            .json(
                "optimize",
                OPTIMIZE
                    + ALL
                    + " --strategy contiguous --validation random:64 --metric-name f1"
                    + " --max-metric-drop 0.05 --metric @score",
                "out.onnx"));
  }

  /** The default target with two accelerators, of which one has half the bandwidth. */
  private static String unequal() throws IOException {
    try (InputStream yaml =
        GoldenCases.class.getResourceAsStream("/dev/partita/accelerator/tetris-3d.yaml")) {
      return new String(yaml.readAllBytes(), UTF_8)
          .replaceFirst(
              "(?m)^accelerators: .*$", "accelerators:\n  - {}\n  - {dram: {bytes_per_cycle: 10}}");
    }
  }

  private static ImmutableList<GoldenCase> outcomes() {
    String limit =
        " --strategy contiguous --validation random:128 --min-agreement 0"
            + " --max-relative-error 0.02";
    return ImmutableList.of(
        model("nothing-to-cut", PlainModels.nothingToCut())
            .json("inspect", INSPECT)
            .fails("optimize", 5, OPTIMIZE + " --no-gate --fail-if-unchanged", "out.onnx"),
        model(
                "softened",
                PlainModels.stack(
                    new int[] {1, 1}, new int[] {1, 4}, new int[] {4, 4}, new int[] {2, 2}))
            .json("optimize", OPTIMIZE + ALL + limit, "out.onnx"),
        model("not-softened", PlainModels.stack(new int[] {4, 4}, new int[] {2, 2}))
            .json("optimize", OPTIMIZE + ALL + limit + " --soften none", "out.onnx"),
        model("bridged", PlainModels.lowRank())
            .json("optimize", OPTIMIZE + ALL + limit + " --calibration random:512", "out.onnx"),
        GoldenCase.of(
                "gate-failed",
                folder -> {
                  PlainModels.stack(new int[] {1, 1}, new int[] {1, 1})
                      .write(folder.resolve("in.onnx"));
                  PlainModels.stack(new int[] {1, 1}, new int[] {2, 2})
                      .write(folder.resolve("other.onnx"));
                })
            .fails("optimize", 4, OPTIMIZE + ALL + limit)
            .fails(
                "verify",
                4,
                "verify @in.onnx @other.onnx --data random:64 --min-agreement 0.99 --threads 2"));
  }

  /**
   * With hundreds of features many plans are nearly as good as the best, so that the last digits of
   * activations decide which is found: these are planned without data or in natural order.
   */
  private static ImmutableList<GoldenCase> trained() {
    return ImmutableList.of(
        GoldenCase.of("fashion-mlp", folder -> trained(folder, Fixtures.fashionMlp(folder)))
            .json("inspect", "inspect @in.onnx")
            .json("estimate", "estimate @in.onnx --target eyeriss-65nm -p 8")
            .json(
                "optimize",
                "optimize @in.onnx -o @out.onnx --threads 2 --strategy contiguous"
                    + " --calibration @calibration.npz --validation @validation.npz"
                    + " --max-accuracy-drop 0.5",
                "out.onnx"),
        GoldenCase.of("fashion-vgg", folder -> trained(folder, Fixtures.fashionVgg(folder)))
            .json("inspect", "inspect @in.onnx")
            .json(
                "optimize",
                "optimize @in.onnx -o @out.onnx --threads 2 --no-gate --sidecar -p 8",
                "out.onnx",
                "out.onnx.json"));
  }

  private static void trained(Path folder, Path model) throws IOException {
    Files.move(model, folder.resolve("in.onnx"));
    NpzArrays.read(Fixtures.fashionCalibration(folder))
        .writeRows(512, folder.resolve("calibration.npz"));
    NpzArrays.read(Fixtures.fashionValidation(folder))
        .writeRows(256, folder.resolve("validation.npz"));
  }

  private static GoldenCase filled(String skeleton) {
    return GoldenCase.of(skeleton, folder -> Skeletons.filled(skeleton, folder.resolve("in.onnx")));
  }

  private static GoldenCase hollow(String skeleton) {
    return GoldenCase.of(skeleton, folder -> Skeletons.hollow(skeleton, folder.resolve("in.onnx")));
  }

  private static ImmutableList<GoldenCase> exported() {
    String optimize =
        "optimize @in.onnx -o @out.onnx -p 4 --threads 2 --strategy contiguous --no-gate";
    return ImmutableList.of(
        filled("sklearn-mlp-fp32").json("inspect", INSPECT).json("optimize", optimize, "out.onnx"),
        filled("swiglu-torchscript-fp32")
            .json("inspect", INSPECT)
            .json("optimize", optimize, "out.onnx"),
        filled("swiglu-dynamo-fp16")
            .json("inspect", INSPECT)
            .json("optimize", optimize, "out.onnx"),
        hollow("vgg16-torchscript-fp32")
            .json("inspect", "inspect @in.onnx")
            .json("estimate", "estimate @in.onnx"),
        hollow("resnet18-dynamo-fp32")
            .json("inspect", "inspect @in.onnx")
            .json("estimate", "estimate @in.onnx --target tpu-v1-like"),
        hollow("vit_b_16-dynamo-fp16").json("inspect", "inspect @in.onnx"),
        random(1),
        random(2),
        random(3),
        random(4),
        random(5),
        random(6));
  }

  private static GoldenCase random(long seed) {
    return GoldenCase.of(
            "random-" + seed,
            folder ->
                Files.write(
                    folder.resolve("in.onnx"), RandomModels.model(seed).proto().toByteArray()))
        .json("inspect", "inspect @in.onnx -p 2 --min-block 2" + ALL)
        .json(
            "optimize",
            "optimize @in.onnx -o @out.onnx -p 2 --min-block 2 --threads 2 --no-gate" + ALL,
            "out.onnx");
  }

  private static ImmutableList<GoldenCase> others() {
    return ImmutableList.of(
        model("serving", PlainModels.gemmChain())
            .quiet("optimize", OPTIMIZE + " --no-gate --sidecar", "out.onnx.json")
            .json("shard", "shard @out.onnx -o @shards", "shards")
            .quiet("triton", "shard @out.onnx -o @triton --layout triton", "triton")
            .quiet("run", "run @shards --data random:40 --output @y.npz --threads 2", "y.npz")
            .times(
                "bench",
                "bench @in.onnx @out.onnx @shards --rounds 1 --runs 1 --threads 1 --layers")
            .json(
                "annotate",
                "annotate @out.onnx -o @annotated.onnx --target eyeriss-65nm -p 4",
                "annotated.onnx")
            .json(
                "restore",
                "annotate @annotated.onnx -o @restored.onnx --sidecar @out.onnx.json",
                "restored.onnx"),
        GoldenCase.of("estimates", folder -> {})
            .json("shape", "estimate --shape 2048-4096-4096-200 -p 8 --dram shared")
            .json(
                "rows",
                "estimate --shape 512-256 --rows 16 --last-layer cut --target systolic-32x32")
            .json("set", "estimate --shape 512-256 --target kapla-single -p 2 --set clock_mhz=250"),
        GoldenCase.of("about", folder -> {})
            .json("passes", "passes")
            .text("targets", "targets")
            .text("tetris-3d", "targets tetris-3d --set clock_mhz=700")
            .text("eyeriss-65nm", "targets eyeriss-65nm")
            .text("bash", "completion bash"));
  }
}
