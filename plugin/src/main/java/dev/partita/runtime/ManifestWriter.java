package dev.partita.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.runtime.ShardManifest.Value;
import java.util.List;
import java.util.function.Function;

/**
 * A manifest as JSON. Keys are a contract: they are added to, never renamed. A dimension is a
 * number, the name of a symbolic one, or null; a shape is null where it is not known.
 */
public final class ManifestWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ManifestWriter() {}

  /** The file's text, ending in a line feed; the same for equal manifests. */
  public static String text(ShardManifest manifest) {
    ObjectNode object = NODES.objectNode();
    object.put("schemaVersion", ShardManifest.SCHEMA_VERSION);
    object.put("partita", manifest.partita());
    object.put("sourceSha256", manifest.sourceSha256());
    object.put("accelerators", manifest.accelerators());
    object.set("inputs", array(manifest.inputs(), ManifestWriter::value));
    object.set("outputs", array(manifest.outputs(), ManifestWriter::value));
    object.set("shards", array(manifest.shards(), ManifestWriter::shard));
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    try {
      return MAPPER.writer(printer).writeValueAsString(object) + "\n";
    } catch (JsonProcessingException failure) {
      throw new IllegalStateException("a tree of plain values cannot fail to be written", failure);
    }
  }

  private static ObjectNode shard(Shard shard) {
    ObjectNode object = NODES.objectNode();
    object.put("name", shard.name());
    object.put("accelerator", shard.accelerator());
    object.put("layerAnnotation", shard.layerAnnotation());
    object.put("layerAssignment", shard.layerAssignment());
    object.set("stages", array(shard.stages(), ManifestWriter::stage));
    return object;
  }

  private static ObjectNode stage(Stage stage) {
    ObjectNode object = NODES.objectNode();
    object.put("name", stage.name());
    object.put("level", stage.level());
    object.set("regions", array(stage.regions(), NODES::textNode));
    object.set("files", array(stage.files(), ManifestWriter::file));
    object.set("inputs", array(stage.inputs(), ManifestWriter::source));
    object.set("outputs", array(stage.outputs(), ManifestWriter::value));
    return object;
  }

  private static ObjectNode file(StoredFile file) {
    return NODES
        .objectNode()
        .put("path", file.path())
        .put("sha256", file.sha256())
        .put("bytes", file.bytes());
  }

  private static ObjectNode source(Source source) {
    return value(source.value()).put("from", source.from());
  }

  private static ObjectNode value(Value value) {
    ObjectNode object = NODES.objectNode();
    object.put("name", value.name());
    object.put("elementType", value.type().label());
    if (value.shape() == null) {
      object.putNull("shape");
      return object;
    }
    ArrayNode shape = object.putArray("shape");
    for (int axis = 0; axis < value.shape().length(); axis++) {
      String name = value.dimensionNames().get(axis);
      if (value.shape().get(axis) >= 0) {
        shape.add(value.shape().get(axis));
      } else if (name.isEmpty()) {
        shape.addNull();
      } else {
        shape.add(name);
      }
    }
    return object;
  }

  private static <T> ArrayNode array(List<T> items, Function<T, JsonNode> item) {
    ArrayNode array = NODES.arrayNode();
    items.forEach(element -> array.add(item.apply(element)));
    return array;
  }
}
