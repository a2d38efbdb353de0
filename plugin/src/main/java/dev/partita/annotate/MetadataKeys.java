package dev.partita.annotate;

/** Keys of what Partita writes on a graph. Other people's scripts read them: they never change. */
public final class MetadataKeys {

  public static final String REGION = "dev.partita.region";
  public static final String BRANCH = "dev.partita.branch";
  public static final String ACCELERATOR = "dev.partita.accelerator";
  public static final String ORIGIN = "dev.partita.origin";
  public static final String MACS = "dev.partita.macs";
  public static final String DRAM_BYTES = "dev.partita.dram_bytes";
  public static final String CYCLES = "dev.partita.cycles";
  public static final String LATENCY_US = "dev.partita.latency_us";
  public static final String ENERGY_UJ = "dev.partita.energy_uj";
  public static final String BOUND_BY = "dev.partita.bound_by";

  public static final String VERSION = "dev.partita.version";
  public static final String TARGET = "dev.partita.target";
  public static final String OPTIONS = "dev.partita.options";
  public static final String INPUT_SHA256 = "dev.partita.input_sha256";
  public static final String SPEEDUP = "dev.partita.speedup";
  public static final String ENERGY_RATIO = "dev.partita.energy_ratio";

  /** On a model that is part of another: which shard and which stage of it. */
  public static final String SHARD = "dev.partita.shard";

  public static final String STAGE = "dev.partita.stage";

  /** ONNX Runtime's own key (1.26 and later), by which it can place nodes. */
  public static final String LAYER_ANNOTATION = "layer_ann";

  private MetadataKeys() {}
}
