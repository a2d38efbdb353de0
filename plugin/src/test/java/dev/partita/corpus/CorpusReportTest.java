package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CorpusReportTest {

  private static CorpusResult result(int products, int left, String... problems) {
    return new CorpusResult(
        "m",
        2,
        products,
        products - left,
        0,
        left == 0 ? ImmutableSortedMap.of() : ImmutableSortedMap.of("DYNAMIC_BIAS", left),
        ImmutableList.of(),
        1,
        0,
        1e-5,
        "",
        ImmutableList.copyOf(problems),
        "");
  }

  @Test
  void countsWhatWasLeftAlone() throws IOException {
    CorpusReport report = new CorpusReport("test");
    assertThat(report.leftAlone()).isNaN();
    report.add("a", () -> result(30, 0));
    assertThat(report.leftAlone()).isZero();
    report.add("b", () -> result(10, 4));
    assertThat(report.leftAlone()).isCloseTo(0.1, within(1e-12));
    assertThat(report.text()).contains("40 products with a constant weight, 4 left alone");
  }

  @Test
  void keepsProblemsAndCrashes() throws IOException {
    CorpusReport report = new CorpusReport("test");
    report.add("a", () -> result(1, 0, "outputs are not the oracle's"));
    report.add(
        "b",
        () -> {
          throw new IllegalStateException("crashed");
        });
    assertThat(report.wrong()).hasSize(2).anyMatch(w -> w.contains("crashed"));
  }
}
