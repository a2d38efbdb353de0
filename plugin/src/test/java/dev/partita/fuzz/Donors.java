package dev.partita.fuzz;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Pieces of all seeds, to be put into others: messages by type, and every text. */
final class Donors {

  private static final int MOST_OF_A_TYPE = 3000;
  private static final List<String> HOSTILE =
      List.of(
          "",
          "..",
          "/etc/passwd",
          "../outside.bin",
          "./" + Sandbox.DATA,
          "sub/../" + Sandbox.DATA,
          "link.bin",
          "linked/weights.bin",
          "model.onnx",
          "out.onnx",
          "out.onnx.data",
          "-1",
          "4096",
          "9223372036854775807",
          "99999999999999999999",
          "a\0b",
          "%s%n{}",
          "a/b\\c:d*?",
          "x".repeat(5000));

  private final Map<Descriptor, List<Message>> messages = new HashMap<>();
  private final List<String> texts;

  Donors(List<Seed> seeds) {
    Set<String> found = new LinkedHashSet<>();
    seeds.forEach(seed -> collect(seed.parsed(), found));
    this.texts = new ArrayList<>(found);
  }

  private void collect(Message message, Set<String> found) {
    List<Message> known =
        messages.computeIfAbsent(message.getDescriptorForType(), type -> new ArrayList<>());
    if (known.size() < MOST_OF_A_TYPE && message.getSerializedSize() < 8192) {
      known.add(message);
    }
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      List<?> values = field.getValue() instanceof List<?> list ? list : List.of(field.getValue());
      for (Object value : values) {
        if (value instanceof Message below) {
          collect(below, found);
        } else if (value instanceof String text && text.length() < 200) {
          found.add(text);
        }
      }
    }
  }

  String text(SplittableRandom random) {
    return random.nextInt(3) == 0
        ? HOSTILE.get(random.nextInt(HOSTILE.size()))
        : texts.get(random.nextInt(texts.size()));
  }

  @Nullable Message message(Descriptor type, SplittableRandom random) {
    List<Message> known = messages.get(type);
    return known == null ? null : known.get(random.nextInt(known.size()));
  }
}
