package io.metalimages.rack.network;

import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** FRR in a network namespace: zebra and bgpd. Their configuration, sockets and logs are in a directory of its own. */
final class Router {

    private static final JsonMapper JSON = new JsonMapper();

    private final FabricRoot root;
    private final NetworkNamespace namespace;

    private Router(FabricRoot root, NetworkNamespace namespace) {
        this.root = root;
        this.namespace = namespace;
    }

    /** Starts both programs. */
    static Router start(FabricRoot root, NetworkNamespace namespace, RouterConfiguration configuration)
            throws IOException, InterruptedException {
        return start(root, namespace, configuration.vrfs(), configuration.zebra(), configuration.bgpd());
    }

    /**
     * Starts both programs.
     *
     * @param vrfs network namespaces that are VRFs to FRR
     * @param interfaces zebra's configuration
     * @param routing bgpd's
     * @throws io.metalimages.common.FaultException if one does not start; has the end of its log
     */
    static Router start(
            FabricRoot root, NetworkNamespace namespace, List<NetworkNamespace> vrfs, String interfaces, String routing)
            throws IOException, InterruptedException {
        Router router = new Router(root, namespace);
        router.start("zebra", vrfs, vrfs.isEmpty() ? List.of() : List.of("--vrfwnetns"), interfaces);
        router.start("bgpd", vrfs, List.of(), routing);
        return router;
    }

    private String directory() {
        return "/fabric/" + namespace.name();
    }

    private void start(String program, List<NetworkNamespace> vrfs, List<String> options, String configuration)
            throws IOException, InterruptedException {
        root.configure(namespace.name(), program + ".conf", configuration);
        List<String> command = new ArrayList<>(List.of(
                "/usr/lib/frr/" + program,
                "--user",
                "root",
                "--group",
                "root",
                "--vty_port",
                "0",
                "--vty_socket",
                directory(),
                "--pid_file",
                directory() + "/" + program + ".pid",
                "--socket",
                directory() + "/zserv.api",
                "--config_file",
                directory() + "/" + program + ".conf",
                "--log",
                "stdout"));
        command.addAll(options);
        root.serve(namespace, vrfs, namespace.name(), program + ".vty", command);
    }

    /** What one of vtysh's {@code show … json} commands tells. */
    JsonNode show(String what) throws IOException, InterruptedException {
        return JSON.readTree(
                root.run(namespace, "vtysh", "--vty_socket", directory(), "--command", "show " + what + " json"));
    }

    /** The session of the IPv4 address family on an interface. */
    BgpSession session(String device) throws IOException, InterruptedException {
        JsonNode peer = show("bgp ipv4 unicast summary").path("peers").path(device);
        return new BgpSession(
                namespace.name(),
                peer.path("remoteAs").asLong(0),
                peer.path("state").asString("none"),
                peer.path("pfxRcd").asInt(0));
    }

    /**
     * The interfaces by which traffic leaves for a destination that there is a route to, by the routes that are in use.
     *
     * @param prefix an address and the length of its network: {@code 0.0.0.0/0}
     */
    List<String> ways(String prefix) throws IOException, InterruptedException {
        List<String> ways = new ArrayList<>();
        // The answer is an object with one property, whose name is the prefix as FRR writes it.
        for (JsonNode routes : show((prefix.contains(":") ? "ipv6" : "ip") + " route " + prefix)) {
            for (JsonNode route : routes) {
                for (JsonNode hop : route.path("nexthops")) {
                    if (route.path("selected").asBoolean(false)
                            && hop.path("fib").asBoolean(false)) {
                        ways.add(hop.path("interfaceName").asString());
                    }
                }
            }
        }
        return List.copyOf(ways);
    }
}
