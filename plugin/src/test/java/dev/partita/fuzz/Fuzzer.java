package dev.partita.fuzz;

import dev.partita.onnx.ModelProto;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Seeded mutations of model files. An input that is treated in a way not seen before joins the
 * inputs that later ones start from, so that the search goes where behaviour is new.
 *
 * <p>A program of its own, so that it can be given as little heap as is claimed to be enough.
 */
public final class Fuzzer {

  private static final long SLOWEST_MILLIS = 10_000;
  private static final int MOST_GROWN = 4000;
  private static final int MOST_FINDINGS = 40;

  private final Sandbox sandbox;
  private final Path findings;
  private final List<Seed> pool;
  private final Donors donors;
  private final Set<String> seen = new HashSet<>();
  private final Map<String, Integer> failures = new HashMap<>();
  private final AtomicLong startedMillis = new AtomicLong(Long.MAX_VALUE);
  private long written;
  private long refused;
  private int grown;

  private Fuzzer(Path folder, Path findings) throws IOException {
    this.sandbox = new Sandbox(folder);
    this.findings = Files.createDirectories(findings);
    System.setProperty("java.io.tmpdir", sandbox.temporary().toString());
    this.pool = Seeds.all(sandbox);
    this.donors = new Donors(pool);
  }

  /** Arguments: an empty folder, the folder for findings, how many mutations, and the seed. */
  public static void main(String[] arguments) throws IOException {
    Fuzzer fuzzer = new Fuzzer(Path.of(arguments[0]), Path.of(arguments[1]));
    int count = Integer.parseInt(arguments[2]);
    boolean clean = fuzzer.run(count, Long.parseLong(arguments[3]), System.out);
    System.exit(clean ? 0 : 1);
  }

  private boolean run(int count, long seed, PrintStream out) throws IOException {
    out.println("seeds: " + pool.size());
    watch(out);
    int tried = 0;
    for (; tried < count && failures.size() < MOST_FINDINGS; tried++) {
      attempt(mutant(seed, tried), tried, out);
      if (tried % 20_000 == 19_999) {
        out.println(
            "after " + (tried + 1) + ": " + written + " written, " + seen.size() + " behaviours");
      }
    }
    if (!sandbox.dataIsUnchanged()) {
      failures.put("a data file was changed", 1);
    }
    failures.forEach((failure, times) -> out.println(times + " x " + failure));
    out.println(
        "mutations: %d, written: %d, refused: %d, behaviours: %d, findings: %d"
            .formatted(tried, written, refused, seen.size(), failures.size()));
    return failures.isEmpty() && tried == count;
  }

  private byte[] mutant(long seed, int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    // Half of all start from what showed something new.
    boolean fresh = grown > 0 && random.nextBoolean();
    Seed start =
        fresh
            ? pool.get(pool.size() - 1 - random.nextInt(grown))
            : pool.get(random.nextInt(pool.size()));
    if (random.nextInt(4) == 0) {
      return ByteMutation.of(start.bytes(), pool.get(random.nextInt(pool.size())).bytes(), random);
    }
    byte[] bytes = new MessageMutation(donors, random).of(start.parsed()).toByteArray();
    return random.nextInt(20) == 0 ? ByteMutation.of(bytes, start.bytes(), random) : bytes;
  }

  private void attempt(byte[] input, int number, PrintStream out) throws IOException {
    sandbox.write(input);
    startedMillis.set(System.currentTimeMillis());
    Attempt attempt = Attempt.of(sandbox, number);
    startedMillis.set(Long.MAX_VALUE);
    sandbox.clear();
    Throwable failure = attempt.failure();
    if (failure != null) {
      String place = place(failure);
      if (failures.merge(place, 1, Integer::sum) == 1) {
        Path kept = Files.write(findings.resolve(failures.size() + ".onnx"), input);
        out.println("FINDING " + number + " " + kept + ": " + place);
        failure.printStackTrace(out);
      }
      return;
    }
    if (attempt.written()) {
      written++;
    } else {
      refused++;
    }
    if (seen.add(attempt.behaviour()) && grown < MOST_GROWN && input.length <= Seeds.MOST_BYTES) {
      grow(input, number);
    }
  }

  private void grow(byte[] input, int number) {
    try {
      pool.add(new Seed("grown " + number, input, ModelProto.parseFrom(input)));
      grown++;
    } catch (IOException notAMessage) {
      return;
    }
  }

  /** One text for one fault: the exception and where it was thrown in this project's code. */
  private static String place(Throwable failure) {
    for (StackTraceElement element : failure.getStackTrace()) {
      String name = element.getClassName();
      if (name.startsWith("dev.partita") && !name.startsWith("dev.partita.fuzz")) {
        return failure.getClass().getName() + " at " + element;
      }
    }
    return failure.toString();
  }

  /** Ends the process with the input kept when one takes too long. */
  private void watch(PrintStream out) {
    Thread main = Thread.currentThread();
    Thread watchdog =
        new Thread(
            () -> {
              while (true) {
                try {
                  Thread.sleep(500);
                } catch (InterruptedException e) {
                  return;
                }
                if (System.currentTimeMillis() - startedMillis.get() > SLOWEST_MILLIS) {
                  out.println("FINDING: one input takes over 10 s, kept in " + sandbox.model());
                  for (StackTraceElement element : main.getStackTrace()) {
                    out.println("  at " + element);
                  }
                  Runtime.getRuntime().halt(1);
                }
              }
            },
            "watchdog");
    watchdog.setDaemon(true);
    watchdog.start();
  }
}
