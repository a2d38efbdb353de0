package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import dev.partita.model.OutputPlace;
import dev.partita.model.TemporaryFolder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends a data set through a folder of shards. */
public final class ShardedRun {

  private ShardedRun() {}

  /**
   * What came out.
   *
   * @param samples how many there were, those that only filled a batch up not counted
   * @param data where they came from
   * @param outputs an array for each output of the model, all samples in it
   */
  public record Result(int samples, String data, ImmutableListMultimap<String, Tensor> outputs) {

    /** The element type of an output, as messages show it. */
    public String type(String output) {
      return outputs.get(output).get(0).type().label();
    }

    /** The shape of an output, all samples together, as messages show it. */
    public String shape(String output) {
      List<Tensor> parts = outputs.get(output);
      long[] shape = parts.get(0).shape().toArray();
      if (parts.size() > 1) {
        shape[0] = parts.stream().mapToLong(part -> part.shape().get(0)).sum();
      }
      return Arrays.toString(shape);
    }
  }

  /**
   * Runs every sample.
   *
   * @param data as {@link DataSet#read} takes it
   * @param batch the largest batch, at least 1
   * @param output an {@code .npz} to write what comes out to, in place of one that may be there;
   *     null for none
   * @throws DataException if the data do not fit, or an output has no axis for samples
   * @throws ShardFailure if a shard fails
   * @throws InterruptedException if the calling thread is interrupted; nothing is written then
   */
  public static Result run(
      ShardedSession session,
      String data,
      long seed,
      Map<String, Integer> dimensions,
      int batch,
      @Nullable Path output)
      throws InterruptedException {
    DataSet samples = DataSet.read(data, session.inputs(), seed, dimensions, "none");
    List<String> names = session.outputs().stream().map(TensorDescription::name).toList();
    ImmutableListMultimap.Builder<String, Tensor> parts = ImmutableListMultimap.builder();
    ImmutableList<Batch> batches = samples.batches(batch);
    int counted = 0;
    for (Batch one : batches) {
      ImmutableMap<String, Tensor> made = session.run(one.inputs(), names);
      made.forEach(
          (name, tensor) -> parts.put(name, counted(name, tensor, one, batches.size() > 1)));
      counted += one.counted();
    }
    Result result = new Result(counted, samples.description(), parts.build());
    if (output != null) {
      write(output, result.outputs());
    }
    return result;
  }

  private static Tensor counted(String name, Tensor tensor, Batch batch, boolean joined) {
    boolean rows = tensor.rank() > 0 && tensor.shape().get(0) == batch.samples();
    if (!rows && (joined || batch.counted() < batch.samples())) {
      throw new DataException(
          "The output \"%s\" has shape %s for %d samples, so it has no axis for samples."
              .formatted(name, tensor.shape(), batch.samples()),
          "Run one batch at a time: --batch with the number of samples.");
    }
    return rows ? tensor.rows(0, batch.counted()) : tensor;
  }

  private static void write(Path file, ImmutableListMultimap<String, Tensor> arrays) {
    Path place = file.toAbsolutePath();
    OutputPlace.requireReplaceable(place);
    try (TemporaryFolder folder = TemporaryFolder.in(place.getParent(), ".partita-")) {
      Path partial = folder.path().resolve(place.getFileName());
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 20);
          NpzArchive archive = new NpzArchive(out)) {
        for (String name : arrays.keySet()) {
          archive.array(name, arrays.get(name));
        }
      }
      Files.move(
          partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IllegalArgumentException unlike) {
      throw new DataException(
          unlike.getMessage() + ".", "Run samples of one length at a time.", unlike);
    } catch (IOException failure) {
      throw new DataException(
          "%s cannot be written: %s.".formatted(file, failure.getMessage()),
          "Check that the folder is writable and that the disk has room.",
          failure);
    }
  }
}
