package io.metalimages.rack.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.common.FaultException;
import io.metalimages.rack.BuiltRackImages;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A fabric with a stand-in for the machine. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FabricTest {

    private static final String AUTHORITY = "/fabric/authority.pem";

    private BuiltRackImages images;
    private Fabric fabric;
    private StandIn machine;

    @BeforeAll
    void open() throws Exception {
        images = BuiltRackImages.open();
        fabric = Fabric.open(images.work, images.fabric(), Optional.empty());
        Files.writeString(
                fabric.shared().resolve("authority.pem"), fabric.internet().certificateAuthority());
        machine = StandIn.start(fabric);
        await(this::isWhole);
    }

    @AfterAll
    void close() throws Exception {
        if (fabric != null) {
            fabric.close();
        }
        if (images != null) {
            images.close();
        }
    }

    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Asks again and again. Each time starts programs, so a busy machine is asked less often, not waited for less long. */
    static void await(Condition condition) throws IOException, InterruptedException {
        for (int attempt = 0; !condition.holds(); attempt++) {
            assertThat(attempt).as("attempts to see what never came").isLessThan(1000);
            Thread.sleep(50);
        }
    }

    private boolean isWhole() throws IOException, InterruptedException {
        return fabric.sessions().stream().allMatch(BgpSession::isEstablished)
                && machine.router.ways("0.0.0.0/0").size() == 2
                && machine.router.ways("::/0").size() == 2
                && fabric.waysBack(InetAddress.ofLiteral(StandIn.ADDRESS)).size() == 2
                && fabric.waysBack(InetAddress.ofLiteral(StandIn.ADDRESS_SIX)).size() == 2;
    }

    private void assertServed() throws Exception {
        assertThat(machine.lookUp(InternetServer.NAME)).contains("203.0.113.80", "2001:db8:113::80");
        assertThat(machine.run(
                        "chronyd",
                        "-Q",
                        "-t",
                        "60",
                        "server " + fabric.ntpServer().getHostAddress() + " iburst maxsamples 1"))
                .isNotNull();
        for (String address : new String[] {"203.0.113.80", "[2001:db8:113::80]"}) {
            assertThat(machine.run(machine.fetch(address, "--cacert", AUTHORITY)))
                    .isEqualTo(InternetServer.PAGE);
        }
        assertThat(fabric.sandbox()
                        .run(
                                fabric.services(),
                                fabric.root()
                                        .command(
                                                List.of("ping", "-c", "1", "-M", "do", "-s", "8900", StandIn.ADDRESS))))
                .contains("1 received");
    }

    @Test
    void routesAreLearnedOverBothLeavesBothWays() throws Exception {
        assertThat(fabric.sessions())
                .extracting(BgpSession::leaf, BgpSession::machineNumber, BgpSession::state, BgpSession::prefixes)
                .containsExactly(
                        tuple("leaf1", StandIn.NUMBER, "Established", 1),
                        tuple("leaf2", StandIn.NUMBER, "Established", 1));
        assertThat(machine.router.ways("0.0.0.0/0")).containsExactlyInAnyOrder("lan0", "lan1");
        assertThat(machine.run("ip", "route", "show", "default")).contains("dev lan0", "dev lan1", "via inet6 fe80:");
        assertThat(fabric.waysBack(InetAddress.ofLiteral(StandIn.ADDRESS))).isEqualTo(fabric.leaves());
    }

    @Test
    void servicesAnswer() throws Exception {
        assertServed();
        assertThat(machine.lookUp(TimeServer.NAME)).contains(fabric.ntpServer().getHostAddress());
        assertThat(machine.lookUp("debian.org")).contains("NXDOMAIN");
    }

    @Test
    void theInternetIsNotTrustedWithoutItsAuthority() {
        assertThatThrownBy(() -> machine.run(machine.fetch("203.0.113.80")))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("exit status 60");
    }

    @Test
    void eitherLeafCanBeLost() throws Exception {
        for (Leaf lost : fabric.leaves()) {
            fabric.cut(lost);
            await(() -> machine.router.ways("0.0.0.0/0").size() == 1
                    && machine.router.ways("::/0").size() == 1
                    && fabric.waysBack(InetAddress.ofLiteral(StandIn.ADDRESS)).size() == 1);
            assertThat(fabric.waysBack(InetAddress.ofLiteral(StandIn.ADDRESS))).doesNotContain(lost);
            assertServed();
            fabric.restore(lost);
            await(this::isWhole);
        }
    }

    @Test
    void aProgramThatDiesAtItsStartIsReportedWithTheEndOfItsLog() throws Exception {
        fabric.root().configure("broken", "dnsmasq.conf", "no-such-option\n");
        assertThatThrownBy(() -> fabric.root()
                        .serve(
                                fabric.services(),
                                "broken",
                                "dnsmasq.pid",
                                List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/fabric/broken/dnsmasq.conf")))
                .isInstanceOf(FaultException.class)
                .hasMessageContainingAll("exit status 1", "bad option at line 1 of /fabric/broken/dnsmasq.conf");
    }

    @Test
    void twoFabricsDoNotMeet() throws Exception {
        try (Fabric other = Fabric.open(images.work, images.fabric(), Optional.empty())) {
            assertThat(other.sessions()).noneMatch(BgpSession::isEstablished);
            assertThat(other.internet().certificateAuthority())
                    .isNotEqualTo(fabric.internet().certificateAuthority());
        }
        assertServed();
    }

    @Test
    void aMachineWithoutAddressReachesThisProcess() throws Exception {
        for (Leaf leaf : fabric.leaves()) {
            HttpServer server = fabric.sandbox()
                    .inNamespace(leaf.namespace(), () -> HttpServer.create(new InetSocketAddress(8080), 0));
            server.createContext("/", exchange -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(leaf.name().getBytes(StandardCharsets.UTF_8));
                }
            });
            server.start();
            try {
                String device = leaf.equals(fabric.leaves().getFirst()) ? "lan0" : "lan1";
                assertThat(machine.run(
                                "curl", "--silent", "http://[" + LeafSwitch.PROVISIONING + "%25" + device + "]:8080/"))
                        .isEqualTo(leaf.name());
            } finally {
                server.stop(0);
            }
        }
    }
}
