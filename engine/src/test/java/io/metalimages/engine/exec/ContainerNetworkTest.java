package io.metalimages.engine.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.common.linux.NetworkNamespaces;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The programs that carry a step's connections. */
class ContainerNetworkTest {

    @TempDir
    Path directory;

    private WorkDirectory work;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("make networks");
        work = WorkDirectory.open(new StateDirectory(directory), note -> {});
    }

    @AfterEach
    void close() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    /** The default routes in a namespace; /proc/net would be that of the process's first thread. */
    private static List<String> defaultRoutes(Path namespace) throws Exception {
        FutureTask<List<String>> task = new FutureTask<>(() -> {
            NetworkNamespaces.enter(namespace);
            return Files.readAllLines(Path.of("/proc/thread-self/net/route")).stream()
                    .filter(line -> line.contains("\t00000000\t"))
                    .toList();
        });
        Thread.ofPlatform().start(task);
        return task.get();
    }

    @ParameterizedTest
    @EnumSource(NetworkCarrier.class)
    void eachCarrierGivesARouteOutAndGoesWhenItsNetworkDoes(NetworkCarrier carrier) throws Exception {
        assumeTrue(
                Files.exists(Path.of("/usr/bin", carrier.program())), "no " + carrier.program() + " on this machine");
        try (ContainerNetwork network = ContainerNetwork.open(Network.OUTGOING, work, List.of(carrier))) {
            assertThat(defaultRoutes(Path.of(network.namespace().getOrDefault("path", ""))))
                    .hasSizeGreaterThan(0);
            assertThat(network.files().getFirst().source())
                    .content()
                    .startsWith("nameserver " + carrier.nameServer() + "\n");
        }
        assertThat(ProcessHandle.current().descendants()).isEmpty();
        assertThat(Mounts.mountedBelow(directory)).isEmpty();
    }

    @Test
    void withoutAnyTheMachineLacksIt() {
        assertThatThrownBy(() -> ContainerNetwork.open(Network.OUTGOING, work, List.of()))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE);
                    assertThat(fault.remedy().orElseThrow()).contains("apt-get install slirp4netns", "--network host");
                });
    }
}
