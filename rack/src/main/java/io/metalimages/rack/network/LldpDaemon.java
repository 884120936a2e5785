package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.FabricRoot;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** lldpd on a leaf switch: listens on the port to the machine, and says nothing. */
final class LldpDaemon {

    private static final JsonMapper JSON = new JsonMapper();

    private static final String SOCKET = "lldpd.socket";

    private final FabricRoot root;
    private final Leaf leaf;

    private LldpDaemon(FabricRoot root, Leaf leaf) {
        this.root = root;
        this.leaf = leaf;
    }

    /** @throws io.metalimages.common.FaultException if it does not start; has the end of its log */
    static LldpDaemon start(FabricRoot root, Leaf leaf) throws IOException, InterruptedException {
        LldpDaemon discovery = new LldpDaemon(root, leaf);
        root.script(leaf.namespace(), "mkdir --parents /run/lldpd");
        root.configure(leaf.name(), "lldpd.conf", "");
        root.serve(
                leaf.namespace(),
                leaf.name(),
                SOCKET,
                List.of(
                        "lldpd",
                        "-d",
                        "-r",
                        "-u",
                        discovery.socket(),
                        "-O",
                        "/fabric/" + leaf.name() + "/lldpd.conf",
                        "-I",
                        LeafSwitch.PORT));
        return discovery;
    }

    private String socket() {
        return "/fabric/" + leaf.name() + "/" + SOCKET;
    }

    /** Who is at the other end of the cable; empty if nothing was heard for as long as the last announcement said. */
    Optional<LldpNeighbor> neighbor() throws IOException, InterruptedException {
        JsonNode interfaces = JSON.readTree(root.run(
                        leaf.namespace(), "lldpcli", "-u", socket(), "-f", "json0", "show", "neighbors", "details"))
                .at("/lldp/0/interface");
        for (JsonNode neighbor : interfaces) {
            JsonNode chassis = neighbor.at("/chassis/0");
            return Optional.of(new LldpNeighbor(
                    leaf.name(),
                    chassis.at("/name/0/value").asString(""),
                    chassis.at("/descr/0/value").asString("")));
        }
        return Optional.empty();
    }
}
