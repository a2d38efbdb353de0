package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.partita.options.OptionGroup;
import dev.partita.spi.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What other languages are generated from. */
class SchemaCommandTest extends CommandLineTest {

  private JsonNode commands() throws IOException {
    return new ObjectMapper().readTree(run("schema").out()).get("commands");
  }

  private static List<String> names(JsonNode options) {
    List<String> names = new ArrayList<>();
    options.forEach(option -> names.add(option.get("name").asText()));
    return names;
  }

  @Test
  void everyOptionOfARunIsAnOptionOfOptimize() throws IOException {
    assertThat(names(commands().get("optimize")))
        .containsAll(OptionGroup.all().stream().map(Parameter::name).toList())
        .contains("search", "shards", "dry-run", "sidecar", "json", "overwrite")
        .doesNotContain("quiet", "help", "o");
  }

  @Test
  void everyCommandSaysWhatItTakes() throws IOException {
    assertThat(commands().fieldNames())
        .toIterable()
        .contains("optimize", "verify", "bench", "shard")
        .doesNotContain("schema", "reference");
    assertThat(names(commands().get("verify"))).contains("data", "min-agreement", "threads");
    JsonNode rows =
        commands().get("estimate").get(names(commands().get("estimate")).indexOf("rows"));
    assertThat(rows.get("type").asText()).isEqualTo("integer");
  }
}
