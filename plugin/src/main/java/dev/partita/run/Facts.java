package dev.partita.run;

import static com.google.common.base.Preconditions.checkState;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the stages of a run have handed on so far. */
final class Facts {

  private final Map<Fact<?>, Object> known = new HashMap<>();

  /** What is known, if a stage gave it before the run ended. */
  <T> Optional<T> find(Fact<T> fact) {
    return Optional.ofNullable(known.get(fact)).map(fact.type()::cast);
  }

  private <T> void put(Fact<T> fact, T value) {
    known.put(fact, value);
  }

  /** The facts as one stage sees them: no more than it says that it requires and gives. */
  Handed handed(RunStage stage) {
    return new Handed(stage);
  }

  /** The facts of one stage. */
  final class Handed {

    private final RunStage stage;

    private Handed(RunStage stage) {
      this.stage = stage;
    }

    <T> T get(Fact<T> fact) {
      checkState(
          stage.requires().contains(fact),
          "Stage '%s' reads '%s', which it does not require.",
          stage.name(),
          fact.name());
      return find(fact).orElseThrow();
    }

    <T> void give(Fact<T> fact, T value) {
      checkState(
          stage.gives().contains(fact),
          "Stage '%s' gives '%s', which it does not declare.",
          stage.name(),
          fact.name());
      put(fact, value);
    }
  }
}
