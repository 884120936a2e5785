package io.metalimages.rack;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.engine.Progress;
import io.metalimages.engine.Snapshots;
import io.metalimages.engine.StateDirectory;
import io.metalimages.engine.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;

/** The rack's root file systems, from the program's own state: they are built once, not for each test. */
final class BuiltEquipment implements AutoCloseable {

    final WorkDirectory work;
    final Equipment equipment;

    private BuiltEquipment(WorkDirectory work, Equipment equipment) {
        this.work = work;
        this.equipment = equipment;
    }

    static BuiltEquipment open() throws IOException, InterruptedException {
        assumeTrue(
                "root".equals(System.getProperty("user.name")), "not root: root file systems can't be built in a test");
        Path home = Path.of("..").toAbsolutePath().normalize();
        StateDirectory state = StateDirectory.fromEnvironment(System.getenv(), true);
        Snapshots snapshots = new Snapshots(state);
        WorkDirectory work = WorkDirectory.open(state, note -> {});
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(home.resolve("os"), System.getenv()),
                state,
                work,
                snapshots,
                new BuildOptions(false, false),
                System.getenv());
        return new BuiltEquipment(work, new Equipment(home, builder, snapshots, work));
    }

    Path fabric() throws IOException, InterruptedException {
        return equipment.fabric(Progress.SILENT).root();
    }

    /** Unmounts and deletes everything that was made. */
    @Override
    public void close() throws IOException {
        work.close();
    }
}
