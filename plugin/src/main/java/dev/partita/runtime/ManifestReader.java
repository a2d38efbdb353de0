package dev.partita.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import dev.partita.runtime.ShardManifest.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a manifest; whatever is not as {@link ManifestWriter} writes it is refused by its key. */
public final class ManifestReader {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String HINT = "Write the folder again with partita shard.";

  private final Path file;

  private ManifestReader(Path file) {
    this.file = file;
  }

  /**
   * The manifest of a folder.
   *
   * @throws DataException if there is none, or it is not one of this version
   */
  public static ShardManifest read(Path folder) {
    Path file = folder.resolve(ShardManifest.FILE);
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          folder + " is not a folder of shards: it has no " + ShardManifest.FILE + ".",
          "Make one with partita shard MODEL.onnx -o FOLDER.");
    }
    ShardManifest manifest = new ManifestReader(file).manifest();
    ManifestCheck.require(file, manifest);
    return manifest;
  }

  private ShardManifest manifest() {
    JsonNode root;
    try {
      root = MAPPER.readTree(file.toFile());
    } catch (JsonProcessingException failure) {
      throw new DataException(
          "%s is not JSON: %s.".formatted(file, failure.getOriginalMessage()), HINT, failure);
    } catch (IOException failure) {
      throw new DataException(
          "%s cannot be read: %s.".formatted(file, failure.getMessage()),
          "Check that the folder exists and is readable.",
          failure);
    }
    long version = integer(root, "schemaVersion");
    if (version != ShardManifest.SCHEMA_VERSION) {
      throw refuse("schemaVersion", "is " + version + ", expected " + ShardManifest.SCHEMA_VERSION);
    }
    return new ShardManifest(
        text(root, "partita"),
        text(root, "sourceSha256"),
        small(root, "accelerators"),
        list(root, "inputs", this::value),
        list(root, "outputs", this::value),
        list(root, "shards", this::shard));
  }

  private Shard shard(JsonNode node) {
    JsonNode accelerator = node.path("accelerator");
    return new Shard(
        text(node, "name"),
        accelerator.isNull() ? null : small(node, "accelerator"),
        textOrNull(node, "layerAnnotation"),
        textOrNull(node, "layerAssignment"),
        list(node, "stages", this::stage));
  }

  private Stage stage(JsonNode node) {
    return new Stage(
        text(node, "name"),
        small(node, "level"),
        list(node, "regions", region -> textOf("regions", region)),
        list(
            node,
            "files",
            f -> new StoredFile(text(f, "path"), text(f, "sha256"), integer(f, "bytes"))),
        list(node, "inputs", input -> new Source(value(input), textOrNull(input, "from"))),
        list(node, "outputs", this::value));
  }

  private Value value(JsonNode node) {
    String label = text(node, "elementType");
    ElementType type =
        Arrays.stream(ElementType.values())
            .filter(candidate -> candidate.label().equals(label))
            .findFirst()
            .orElseThrow(() -> refuse("elementType", "is unknown: " + label));
    JsonNode shape = node.path("shape");
    if (shape.isNull()) {
      return new Value(text(node, "name"), type, null, ImmutableList.of());
    }
    ImmutableLongArray.Builder sizes = ImmutableLongArray.builder();
    ImmutableList.Builder<String> names = ImmutableList.builder();
    for (JsonNode dimension : array(node, "shape")) {
      boolean fixed = dimension.canConvertToLong() && dimension.isIntegralNumber();
      if (!fixed && !dimension.isNull() && !dimension.isTextual()) {
        throw refuse("shape", "holds " + dimension);
      }
      if (fixed && dimension.longValue() < 0) {
        throw refuse("shape", "contains a negative size");
      }
      sizes.add(fixed ? dimension.longValue() : -1);
      names.add(dimension.isTextual() ? dimension.textValue() : "");
    }
    return new Value(text(node, "name"), type, sizes.build(), names.build());
  }

  private <T> ImmutableList<T> list(JsonNode node, String key, Function<JsonNode, T> item) {
    ImmutableList.Builder<T> items = ImmutableList.builder();
    array(node, key).forEach(element -> items.add(item.apply(element)));
    return items.build();
  }

  private JsonNode array(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isArray()) {
      throw refuse(key, "is not a list");
    }
    return value;
  }

  private String text(JsonNode node, String key) {
    return textOf(key, node.path(key));
  }

  private @Nullable String textOrNull(JsonNode node, String key) {
    return node.path(key).isNull() ? null : text(node, key);
  }

  private String textOf(String key, JsonNode value) {
    if (!value.isTextual()) {
      throw refuse(key, value.isMissingNode() ? "is missing" : "is not text");
    }
    return value.textValue();
  }

  private long integer(JsonNode node, String key) {
    JsonNode value = node.path(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw refuse(
          key, value.isMissingNode() ? "is missing" : "is not a whole number of at least 0");
    }
    return value.longValue();
  }

  private int small(JsonNode node, String key) {
    long value = integer(node, key);
    if (value > Integer.MAX_VALUE) {
      throw refuse(key, "is too large");
    }
    return (int) value;
  }

  private DataException refuse(String key, String reason) {
    return new DataException("%s: the key \"%s\" %s.".formatted(file, key, reason), HINT);
  }
}
