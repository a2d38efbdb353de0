package dev.partita.accelerator;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads a target file node by node, so that each refusal can name the line: nothing is guessed,
 * nothing unknown is skipped.
 */
final class TargetParser {
  private static final String SOURCES = "sources";

  /** Keys that hold a map of further keys, as in {@code array}. */
  private static final ImmutableSet<String> GROUPS =
      Arrays.stream(TargetKey.values())
          .map(TargetKey::group)
          .filter(Objects::nonNull)
          .collect(ImmutableSet.toImmutableSet());

  private final String file;
  private final TargetEntries entries = new TargetEntries();
  private final List<TargetEntries> overrides = new ArrayList<>();
  private final Map<String, Integer> lineOfGroup = new HashMap<>();
  private final Map<String, String> sources = new TreeMap<>();

  private TargetParser(String file) {
    this.file = file;
  }

  /** The target in the text; {@code file} is its name for messages. */
  static Target parse(String file, String text) {
    TargetParser parser = new TargetParser(file);
    parser.readTop(parser.compose(text));
    parser.requireAll();
    return new TargetValues(file, parser.entries, parser.overrides, parser.sources).toTarget();
  }

  private Node compose(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setUseMarks(true)
            .setAllowNonScalarKeys(true) // refused here, with the line
            .build();
    try {
      return new Compose(settings)
          .composeString(text)
          .orElseThrow(
              () ->
                  new TargetException(
                      file + ", line 1: the target file is empty; the key \"name\" is missing"));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new TargetException(
          "%s, line %d: this is not YAML: %s".formatted(file, line, e.getProblem()), e);
    } catch (YamlEngineException e) {
      throw new TargetException("%s: this is not YAML: %s".formatted(file, e.getMessage()), e);
    }
  }

  private void readTop(Node root) {
    Set<String> seen = new LinkedHashSet<>();
    for (NodeTuple tuple : mapping(root, "a target file").getValue()) {
      String key = key(tuple, "", seen);
      Node value = tuple.getValueNode();
      if (key.equals(SOURCES)) {
        readSources(value);
      } else if (GROUPS.contains(key)) {
        lineOfGroup.put(key, line(value));
        readGroup(key, value, entries);
      } else if (key.equals(TargetKey.ACCELERATORS.path()) && value instanceof SequenceNode list) {
        readAccelerators(list);
      } else {
        readValue(key, tuple.getKeyNode(), value, entries);
      }
    }
  }

  /** A map for each accelerator, of what is different there. */
  private void readAccelerators(SequenceNode list) {
    String number = Integer.toString(list.getValue().size());
    if (!TargetKey.ACCELERATORS.accepts(number)) {
      throw refuse(
          list,
          "the key \"accelerators\" lists %s accelerators; it must be %s, or a list of as many maps"
              .formatted(number, TargetKey.ACCELERATORS.expectation()));
    }
    for (Node node : list.getValue()) {
      TargetEntries own = new TargetEntries();
      Set<String> seen = new LinkedHashSet<>();
      for (NodeTuple tuple : mapping(node, "an entry of \"accelerators\"").getValue()) {
        String key = key(tuple, "", seen);
        if (GROUPS.contains(key)) {
          readGroup(key, tuple.getValueNode(), own);
        } else {
          readValue(key, tuple.getKeyNode(), tuple.getValueNode(), own);
        }
      }
      for (TargetKey key : own.texts().keySet()) {
        if (!key.isOwn()) {
          throw new TargetException(
              "%s, line %d: the key \"%s\" applies to all accelerators together; it is not allowed in"
                      .formatted(file, own.line(key), key.path())
                  + " the list of accelerators");
        }
      }
      overrides.add(own);
    }
    entries.put(TargetKey.ACCELERATORS, number, line(list));
  }

  private void readGroup(String group, Node node, TargetEntries into) {
    Set<String> seen = new LinkedHashSet<>();
    for (NodeTuple tuple : mapping(node, "the key \"" + group + "\"").getValue()) {
      readValue(key(tuple, group + ".", seen), tuple.getKeyNode(), tuple.getValueNode(), into);
    }
  }

  private void readValue(String path, Node keyNode, Node value, TargetEntries into) {
    TargetKey key = TargetKey.BY_PATH.get(path);
    if (key == null) {
      throw unknown(path, keyNode, known());
    }
    String text = text(key, value);
    if (text == null || !key.accepts(text)) {
      String shown = value instanceof ScalarNode scalar ? text(scalar) : "a list or a map";
      throw refuse(
          value, "the key \"%s\" is %s; it must be %s".formatted(path, shown, key.expectation()));
    }
    into.put(key, text, line(value));
  }

  /** A value as one text; null where it is of a type that the key does not have. */
  private static @Nullable String text(TargetKey key, Node value) {
    if (value instanceof ScalarNode scalar) {
      return hasType(key, scalar) ? text(scalar) : null;
    }
    return key.kind() == TargetKey.Kind.NUMBER_OR_CURVE && value instanceof MappingNode curve
        ? curve.getValue().stream()
            .map(point -> plain(point.getKeyNode()) + ": " + plain(point.getValueNode()))
            .collect(Collectors.joining(", ", "{", "}"))
        : null;
  }

  /** A number as written; empty for anything else. */
  private static String plain(Node node) {
    return node instanceof ScalarNode scalar && isNumber(scalar.getTag()) ? scalar.getValue() : "";
  }

  private static boolean isNumber(Tag tag) {
    return tag.equals(Tag.INT) || tag.equals(Tag.FLOAT);
  }

  /** The scalar as written, except null, which has several spellings. */
  private static String text(ScalarNode scalar) {
    return scalar.getTag().equals(Tag.NULL) ? "null" : scalar.getValue();
  }

  /** Whether the YAML type fits, so that a quoted number or a bare yes is not taken for another. */
  private static boolean hasType(TargetKey key, ScalarNode scalar) {
    Tag tag = scalar.getTag();
    boolean text = tag.equals(Tag.STR);
    return switch (key.kind()) {
      case TEXT -> text;
      case CHOICE -> text || tag.equals(Tag.BOOL);
      case COUNT -> tag.equals(Tag.INT);
      case NUMBER, NUMBER_OR_CURVE -> isNumber(tag);
      case NUMBER_OR_NULL -> isNumber(tag) || tag.equals(Tag.NULL);
    };
  }

  private void readSources(Node node) {
    Set<String> seen = new LinkedHashSet<>();
    for (NodeTuple tuple : mapping(node, "the key \"sources\"").getValue()) {
      String key = key(tuple, "", seen);
      if (!known().contains(key) || key.equals(SOURCES)) {
        throw unknown(key, tuple.getKeyNode(), known());
      }
      if (!(tuple.getValueNode() instanceof ScalarNode source)
          || !source.getTag().equals(Tag.STR)) {
        throw refuse(
            tuple.getValueNode(), "the key \"sources." + key + "\" must be text in quotes");
      }
      sources.put(key, source.getValue());
    }
  }

  private void requireAll() {
    for (TargetKey key : TargetKey.values()) {
      if (entries.text(key) == null && !TargetKey.OPTIONAL.contains(key)) {
        int line = lineOfGroup.getOrDefault(Objects.requireNonNullElse(key.group(), ""), 1);
        throw new TargetException(
            "%s, line %d: the key \"%s\" is missing; it must be %s"
                .formatted(file, line, key.path(), key.expectation()));
      }
    }
  }

  private MappingNode mapping(Node node, String what) {
    if (node instanceof MappingNode mapping) {
      return mapping;
    }
    throw refuse(node, what + " must be a map of keys to values");
  }

  private String key(NodeTuple tuple, String prefix, Set<String> seen) {
    if (!(tuple.getKeyNode() instanceof ScalarNode scalar)) {
      throw refuse(tuple.getKeyNode(), "a key must be a plain name");
    }
    String key = prefix + scalar.getValue();
    if (!seen.add(key)) {
      throw refuse(scalar, "the key \"" + key + "\" occurs twice; remove one");
    }
    return key;
  }

  private static Set<String> known() {
    return Sets.union(Sets.union(TargetKey.BY_PATH.keySet(), GROUPS), ImmutableSet.of(SOURCES));
  }

  private TargetException unknown(String key, Node node, Set<String> candidates) {
    return refuse(node, "the key \"" + key + "\" is unknown" + Suggestion.among(candidates, key));
  }

  private TargetException refuse(Node node, String sentence) {
    return new TargetException("%s, line %d: %s".formatted(file, line(node), sentence));
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
