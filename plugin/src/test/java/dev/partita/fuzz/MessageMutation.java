package dev.partita.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Damage that keeps a file a well-formed message: at a random place of it, a field gets another
 * value, loses, repeats or exchanges elements, or takes over a message from another model.
 */
final class MessageMutation {

  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    3,
    4,
    7,
    8,
    16,
    64,
    1L << 20,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 32,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final float[] REALS = {
    0,
    -0f,
    1,
    -1,
    Float.MIN_VALUE,
    Float.MAX_VALUE,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY
  };

  private final Donors donors;
  private final SplittableRandom random;

  MessageMutation(Donors donors, SplittableRandom random) {
    this.donors = donors;
    this.random = random;
  }

  ModelProto of(ModelProto model) {
    ModelProto.Builder changed = model.toBuilder();
    int edits = 1 + random.nextInt(random.nextInt(10) == 0 ? 20 : 3);
    for (int i = 0; i < edits; i++) {
      if (random.nextInt(200) == 0) {
        nest(changed);
      } else {
        edit(descend(changed));
      }
    }
    return changed.build();
  }

  /** Puts the graph into the body of a node of itself, up to 45 deep. */
  private void nest(ModelProto.Builder model) {
    int depth = 1 + random.nextInt(45);
    GraphProto body = model.getGraph();
    for (int i = 0; i < depth; i++) {
      NodeProto.Builder node =
          NodeProto.newBuilder()
              .setOpType(random.nextBoolean() ? "If" : "Loop")
              .setName("nest" + i)
              .addOutput("nested" + i)
              .addAttribute(AttributeProto.newBuilder().setName("body").setG(body));
      body = GraphProto.newBuilder().setName("g").addNode(node).build();
    }
    model.getGraphBuilder().addNode(body.getNode(0));
  }

  private Message.Builder descend(Message.Builder root) {
    Message.Builder at = root;
    while (true) {
      List<FieldDescriptor> below =
          at.getAllFields().keySet().stream()
              .filter(f -> f.getJavaType() == FieldDescriptor.JavaType.MESSAGE)
              .toList();
      // A model's own fields are few, and the graph is where things happen.
      boolean stays = at == root ? random.nextInt(12) == 0 : random.nextInt(3) == 0;
      if (below.isEmpty() || stays) {
        return at;
      }
      FieldDescriptor field = below.get(random.nextInt(below.size()));
      at =
          field.isRepeated()
              ? at.getRepeatedFieldBuilder(field, random.nextInt(at.getRepeatedFieldCount(field)))
              : at.getFieldBuilder(field);
    }
  }

  private void edit(Message.Builder at) {
    List<FieldDescriptor> present = List.copyOf(at.getAllFields().keySet());
    List<FieldDescriptor> all = at.getDescriptorForType().getFields();
    boolean known = !present.isEmpty() && random.nextInt(5) != 0;
    List<FieldDescriptor> choice = known ? present : all;
    FieldDescriptor field = choice.get(random.nextInt(choice.size()));
    if (field.isRepeated()) {
      editList(at, field);
    } else if (random.nextInt(8) == 0) {
      at.clearField(field);
    } else {
      at.setField(field, value(at, field, at.getField(field)));
    }
  }

  private void editList(Message.Builder at, FieldDescriptor field) {
    List<Object> values = new ArrayList<>((List<?>) at.getField(field));
    int chosen = values.isEmpty() ? -1 : random.nextInt(values.size());
    switch (chosen < 0 ? 5 : random.nextInt(7)) {
      case 0 -> values.remove(chosen);
      case 1 -> values.add(random.nextInt(values.size() + 1), values.get(chosen));
      case 2 -> Collections.swap(values, chosen, random.nextInt(values.size()));
      case 3, 4 -> values.set(chosen, value(at, field, values.get(chosen)));
      case 5 -> values.add(random.nextInt(values.size() + 1), value(at, field, null));
      default -> {
        if (random.nextInt(4) == 0) {
          values.clear();
        } else {
          values.subList(chosen, values.size()).clear();
        }
      }
    }
    at.setField(field, values);
  }

  private Object value(
      Message.Builder at, FieldDescriptor field, @org.jspecify.annotations.Nullable Object before) {
    return switch (field.getJavaType()) {
      case INT -> (int) number(before);
      case LONG -> number(before);
      case FLOAT -> REALS[random.nextInt(REALS.length)];
      case DOUBLE -> (double) REALS[random.nextInt(REALS.length)];
      case BOOLEAN -> random.nextBoolean();
      case STRING -> donors.text(random);
      case BYTE_STRING -> bytes(before instanceof ByteString b ? b : ByteString.EMPTY);
      case ENUM -> {
        List<EnumValueDescriptor> values = field.getEnumType().getValues();
        yield values.get(random.nextInt(values.size()));
      }
      case MESSAGE -> {
        Message donated = donors.message(field.getMessageType(), random);
        yield donated != null ? donated : at.newBuilderForField(field).build();
      }
    };
  }

  private long number(@org.jspecify.annotations.Nullable Object before) {
    if (before instanceof Number number && random.nextInt(3) == 0) {
      return number.longValue() + random.nextInt(-2, 3);
    }
    return random.nextInt(3) == 0 ? random.nextInt(20) : NUMBERS[random.nextInt(NUMBERS.length)];
  }

  private ByteString bytes(ByteString before) {
    return switch (random.nextInt(4)) {
      case 0 -> ByteString.EMPTY;
      case 1 -> before.substring(0, random.nextInt(before.size() + 1));
      case 2 -> before.concat(ByteString.copyFrom(new byte[1 + random.nextInt(16)]));
      default ->
          ByteString.copyFrom(ByteMutation.of(before.toByteArray(), before.toByteArray(), random));
    };
  }
}
