package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.FunctionInliner.Inlined;
import dev.partita.onnx.AttributeProto.AttributeType;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TrainingInfoProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.testing.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions in the place of their calls; every model runs before and after, to equal outputs. */
class FunctionInlinerTest extends FunctionModels {

  @Test
  void aFunctionThatIsCalledTwice() {
    ModelProto before =
        model(
            main()
                .node("first", "own::Linear", "x, w, b", "h")
                .node("Relu", "h", "r")
                .node("second", "own::Linear", "r, w, b", "y")
                .output("y", "N", 6),
            linear());
    GraphProto after = check(before).getGraph();
    assertThat(operators(after)).containsExactly("MatMul", "Add", "Relu", "MatMul", "Add");
    assertThat(node(after, "first/product").getOutputList()).containsExactly("first/h");
    assertThat(node(after, "second/sum").getInputList()).containsExactly("second/h", "b");
    assertThat(inline(before).calls()).isEqualTo(Map.of("Linear", 2));
  }

  @Test
  void namesThatAreTakenAlready() {
    check(
        model(
            main()
                .node("call", "own::Linear", "x, w, b", "h")
                .node("call/product", "Relu", "h", "call/h")
                .node("a", "own::Linear", "call/h, w, b", "weight")
                .node("b", "own::Linear", "weight, w, b", "bias")
                .node("c", "Add", "bias, h", "y")
                .output("y", "N", 6),
            linear()));
  }

  @Test
  void callsWithoutNamesAndCallsOfTheSameName() {
    ModelProto model =
        model(
            main()
                .node("own::Linear", "x, w, b", "h")
                .node("own::Linear", "h, w, b", "i")
                .node("own::Linear", "i, w, b", "y")
                .output("y", "N", 6),
            linear());
    for (String name : new String[] {"", "same"}) {
      ModelProto.Builder named = model.toBuilder();
      named.getGraphBuilder().getNodeBuilderList().forEach(node -> node.setName(name));
      List<String> names =
          check(named.build(), model).getGraph().getNodeList().stream()
              .map(NodeProto::getName)
              .toList();
      assertThat(names).doesNotHaveDuplicates().doesNotContain("");
    }
  }

  @Test
  void overloadsAreToldApart() {
    FunctionProto.Builder square =
        function(
                "Linear",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "weight").node("MatMul", "x, weight", "h").node("Mul", "h, h", "y"))
            .setOverload("square");
    ModelProto.Builder model =
        model(
            main()
                .node("first", "own::Linear", "x, w, b", "h")
                .node("second", "own::Linear", "h, w, b", "y")
                .output("y", "N", 6),
            square,
            linear())
            .toBuilder();
    model.getGraphBuilder().getNodeBuilder(1).setOverload("square");
    assertThat(operators(check(model.build()).getGraph()))
        .containsExactly("MatMul", "Add", "MatMul", "Mul");
  }

  @Test
  void theSameNameInAnotherDomainIsNoCall() {
    FunctionProto.Builder other =
        function(
                "Linear",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "bias").node("Add", "x, bias", "y"))
            .setDomain("other");
    ModelProto after =
        checkSome(
            model(
                main()
                    .domain("other", 1)
                    .node("other::Linear", "x, w, b", "h")
                    .node("own::Linear", "h, w, b", "y")
                    .output("y", "N", 6),
                linear(),
                other));
    assertThat(operators(after.getGraph())).containsExactly("Linear", "MatMul", "Add");
    assertThat(after.getFunctionsList()).containsExactly(other.build());
  }

  @Test
  void attributesByReference() {
    GraphProto after =
        check(
                model(
                    main()
                        .node("plain", "own::Scaled", "x, w, b", "h")
                        .node(
                            "full",
                            "own::Scaled",
                            "h, w, b",
                            "y",
                            Attributes.integer("turned", 1),
                            Attributes.number("offset", 3),
                            Attributes.number("gain", 2))
                        .output("y", "N", 6),
                    scaled()))
            .getGraph();
    assertThat(node(after, "plain/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 0.25));
    assertThat(node(after, "full/product").getAttributeList())
        .containsExactly(
            Attributes.number("alpha", 2),
            Attributes.number("beta", 3),
            Attributes.integer("transB", 1));
  }

  @Test
  void attributesPassedOnToAnotherFunction() {
    FunctionProto.Builder outer =
        function(
                "Outer",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "weight", "bias")
                    .node(
                        "inner",
                        "own::Scaled",
                        "x, weight, bias",
                        "h",
                        reference("gain", "factor", AttributeType.FLOAT),
                        reference("offset", "offset", AttributeType.FLOAT))
                    .node("Relu", "h", "y"))
            .addAttribute("factor")
            .addAttribute("offset")
            .addOpsetImport(imported("own", 1));
    GraphProto after =
        check(
                model(
                    main()
                        .node("a", "own::Outer", "x, w, b", "h", Attributes.number("offset", 3))
                        .node("b", "own::Outer", "h, w, b", "y", Attributes.number("factor", 2))
                        .output("y", "N", 6),
                    outer,
                    scaled()))
            .getGraph();
    assertThat(node(after, "a/inner/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 0.25), Attributes.number("beta", 3));
    assertThat(node(after, "b/inner/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 2));
  }

  @Test
  void inputsLeftOutInTheMiddleAndAtTheEnd() {
    FunctionProto.Builder clipped =
        function(
            "Clipped",
            List.of("x", "low", "high", "weight", "bias"),
            List.of("y"),
            body("x", "low", "high", "weight", "bias")
                .node("Clip", "x, low, high", "c")
                .node("Gemm", "c, weight, bias", "y"));
    GraphBuilder graph = main().initializer("one", new float[] {1});
    check(
        model(
            graph
                .node("own::Clipped", "x, , one, w", "h")
                .node("own::Clipped", "h, one, , w, b", "i")
                .node("own::Clipped", "i, , , w, ", "y")
                .output("y", "N", 6),
            clipped));
  }

  @Test
  void outputsThatNobodyTakes() {
    FunctionProto.Builder three =
        function(
            "Three",
            List.of("x", "weight"),
            List.of("p", "q", "r"),
            body("x", "weight")
                .node("MatMul", "x, weight", "p")
                .node("Relu", "p", "q")
                .node("Neg", "q", "r"));
    check(
        model(
            main()
                .node("own::Three", "x, w", ", , h")
                .node("own::Three", "h, w", "i, , ")
                .node("own::Three", "i, w", ", y, ")
                .output("y", "N", 6),
            three));
  }

  @Test
  void outputsThatAreInputsOrHandedOutTwice() {
    FunctionProto.Builder through =
        function(
            "Through",
            List.of("x", "weight"),
            List.of("p", "x", "p"),
            body("x", "weight").node("MatMul", "x, weight", "p"));
    GraphBuilder graph =
        main()
            .node("own::Through", "x, w", "p, q, r")
            .node("Add", "p, q", "s")
            .node("own::Through", "s, w", "t, , ")
            .output("q", "N", 6)
            .output("r", "N", 6)
            .output("t", "N", 6);
    FunctionProto.Builder copying =
        function(
            "Through",
            List.of("x", "weight"),
            List.of("p", "x2", "p2"),
            body("x", "weight")
                .node("MatMul", "x, weight", "p")
                .node("Identity", "x", "x2")
                .node("Identity", "p", "p2"));
    ModelProto after = check(model(graph, through), model(graph, copying));
    assertThat(after.getFunctionsList()).isEmpty();
    assertThat(operators(after.getGraph()))
        .containsExactly("MatMul", "Identity", "Identity", "Add", "MatMul");
  }

  @Test
  void nestedCallsAndFunctionsWithoutProducts() {
    ModelProto before =
        model(
            main().node("net", "own::Block", "x, w, b", "y").output("y", "N", 6),
            block(),
            gelu(),
            linear());
    ModelProto after = checkSome(before);
    assertThat(operators(after.getGraph()))
        .containsExactly("MatMul", "Add", "Squash", "MatMul", "Add");
    assertThat(after.getFunctionsList()).containsExactly(gelu().build());
    assertThat(node(after.getGraph(), "net/up/product").getInputList()).containsExactly("x", "w");
    assertThat(inline(before).calls()).isEqualTo(Map.of("Block", 1, "Linear", 2));
  }

  @Test
  void nothingToInlineIsTheSameModel() {
    ModelProto model = model(main().node("own::Squash", "x", "y").output("y", "N", 6), gelu());
    Inlined inlined = inline(model);
    assertThat(inlined.model().proto()).isSameAs(model);
    assertThat(inlined.refused()).isEmpty();
  }

  @Test
  void aDomainThatOnlyTheFunctionImports() {
    FunctionProto.Builder function =
        function(
                "Fast",
                List.of("x", "weight"),
                List.of("y"),
                body("x", "weight")
                    .node("MatMul", "x, weight", "h")
                    .node("com.microsoft::FastGelu", "h", "y"))
            .addOpsetImport(imported("com.microsoft", 1));
    ModelProto after = check(model(main().node("own::Fast", "x, w", "y").output("y"), function));
    assertThat(after.getOpsetImportList())
        .containsExactly(imported("", OPSET), imported("own", 1), imported("com.microsoft", 1));
  }

  @Test
  void theDomainOfAFunctionThatIsCalledFromAnother() {
    FunctionProto.Builder other = gelu().setDomain("deep");
    FunctionProto.Builder function =
        function(
                "Fast",
                List.of("x", "weight"),
                List.of("y"),
                body("x", "weight").node("MatMul", "x, weight", "h").node("deep::Squash", "h", "y"))
            .addOpsetImport(imported("deep", 1));
    ModelProto before =
        model(main().node("own::Fast", "x, w", "y").output("y", "N", 6), function, other);
    ModelProto after =
        check(before, before.toBuilder().addOpsetImport(imported("deep", 1)).build());
    assertThat(after.getOpsetImportList()).contains(imported("deep", 1));
  }

  @Test
  void aFunctionThatSomethingElseStillCalls() {
    FunctionProto.Builder older = block().setOpsetImport(0, imported("", OPSET));
    older.addInput("x").setName("Odd");
    ModelProto model =
        model(
            main()
                .node("a", "own::Linear", "x, w, b", "h")
                .node("b", "own::Odd", "h, w, b", "y")
                .output("y", "N", 6),
            older,
            gelu(),
            linear());
    Inlined inlined = inline(model);
    assertThat(inlined.refused()).containsOnlyKeys("Odd");
    assertThat(inlined.model().proto().getFunctionsList()).hasSize(3);
    GraphProto training =
        GraphProto.newBuilder()
            .addNode(NodeProto.newBuilder().setDomain("own").setOpType("Linear"))
            .build();
    ModelProto trained =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder()
            .addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(training))
            .build();
    ModelProto after = inline(trained).model().proto();
    assertThat(operators(after.getGraph())).containsExactly("MatMul", "Add");
    assertThat(after.getFunctionsCount()).isEqualTo(1);
    assertThat(after.getTrainingInfoList()).isEqualTo(trained.getTrainingInfoList());
  }

  @Test
  void whatNodesSayOfThemselvesAndTypesOfValues() {
    FunctionProto.Builder said = linear();
    said.getNodeBuilder(0)
        .setDocString("the product")
        .addMetadataProps(StringStringEntryProto.newBuilder().setKey("k").setValue("v"));
    ValueInfoProto type =
        body("h").output("h").shape("h", "M", 6).build().getGraph().getValueInfo(0);
    said.addValueInfo(type).addValueInfo(type.toBuilder().setName("x"));
    said.addValueInfo(type.toBuilder().setName("y")).addValueInfo(type.toBuilder().setName("no"));
    GraphProto after =
        check(model(main().node("call", "own::Linear", "x, w, b", "y").output("y", "N", 6), said))
            .getGraph();
    NodeProto product = node(after, "call/product");
    assertThat(product.getDocString()).isEqualTo("the product");
    assertThat(product.getMetadataProps(0).getValue()).isEqualTo("v");
    assertThat(after.getValueInfoList()).hasSize(1);
    ValueInfoProto declared = after.getValueInfo(0);
    assertThat(declared.getName()).isEqualTo("call/h");
    assertThat(declared.getType().getTensorType().getShape().getDim(0).getDimParam())
        .isEqualTo("call/M");
  }

  @Test
  void externalDataOfAFunctionsConstants(@TempDir Path folder) throws Exception {
    float[] weights = new float[36];
    ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i / 36f - 0.4f;
      bytes.putFloat(weights[i]);
    }
    Files.write(folder.resolve("in.data"), bytes.array());
    FunctionProto.Builder plain =
        function(
            "Heavy",
            List.of("x"),
            List.of("y"),
            body("x")
                .constant(TensorValues.floats("v", weights, 6, 6))
                .node("MatMul", "x, v", "y"));
    GraphBuilder graph =
        main().node("own::Heavy", "x", "h").node("own::Heavy", "h", "y").output("y", "N", 6);
    ModelProto inPlace = model(graph, plain);
    TensorProto.Builder tensor =
        plain.getNodeBuilder(0).getAttributeBuilder(0).getTBuilder().clearRawData();
    tensor.clearFloatData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalData(entry("location", "in.data")).addExternalData(entry("length", "144"));
    Path file = Files.write(folder.resolve("in.onnx"), model(graph, plain).toByteArray());
    OnnxModel read = ModelFile.read(file);
    OnnxModel after = FunctionInliner.inline(read, PRODUCTS::contains).model();
    assertThat(new GraphIndex(after).constant(after.proto().getGraph().getNode(0).getOutput(0)))
        .isNotNull();
    Path target = Files.createDirectory(folder.resolve("out")).resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(read, after, target)) {
      staged.commit(false);
    }
    assertThat(folder.resolve("out/out.onnx.data")).exists();
    Map<String, float[]> inputs = Run.inputs(inPlace, 5, 3);
    ModelProto written =
        new TensorRewriter(t -> embedded(target, t)).rewrite(ModelFile.read(target).proto());
    assertThat(Run.outputs(written, inputs, 5, false).get("y"))
        .isEqualTo(Run.outputs(inPlace, inputs, 5, false).get("y"));
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static TensorProto embedded(Path file, TensorProto tensor) {
    if (!ExternalData.isExternal(tensor)) {
      return tensor;
    }
    ExternalData data = ExternalData.locate(file, tensor);
    try {
      byte[] all = Files.readAllBytes(data.file());
      return tensor.toBuilder()
          .clearExternalData()
          .clearDataLocation()
          .setRawData(
              ByteString.copyFrom(
                  all, Math.toIntExact(data.offset()), Math.toIntExact(data.length())))
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
