import dev.partita.spi.Arguments;
import dev.partita.spi.ModelPass;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import java.util.ServiceLoader;

/** Runs the first pass that is found: {@code java Host IN.onnx OUT.onnx CALIBRATION.npz}. */
public final class Host {
  public static void main(String[] args) {
    ModelPass pass = ServiceLoader.load(ModelPass.class).findFirst().orElseThrow();
    Arguments arguments =
        Arguments.of(pass).with("accelerators", "4").with("calibration", args[2]);
    pass.run(Path.of(args[0]), Path.of(args[1]), true, arguments, ProgressListener.NONE)
        .summary()
        .forEach(System.out::println);
  }
}
