package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import io.metalimages.rack.network.Port;
import io.metalimages.rack.overlay.Overlay;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.VirtualNetwork;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a machine is to be: the one source of its {@code install.yaml} and of what the checks expect of it later.
 *
 * <p>A file in {@code os/tests/allocations} has what is the same for every machine; {@link MachineFacts} has the rest. It may
 * have keys of its own, which get in beside the rack's, and write the console in its own way. What it says may be spelled as
 * any version of metal-stack's API does.
 */
public final class Allocation {

    /** What metal-hammer's {@code install.yaml} has and a file must not have, because the rack decides it. */
    private static final Set<String> OF_THE_RACK = Set.of(
            "machineuuid", "password", "timestamp", "raidenabled", "root_uuid", "nics", "dns_servers", "ntp_servers");

    private static final String PUBLIC_KEYS = "sshpublickey";
    private static final String CONSOLE = "console";
    private static final Pattern CONSOLE_OF_KERNEL = Pattern.compile("^console=");

    /** What protobuf puts before the names of types. */
    private static final String TYPE = "network_type_";

    private static final int MACHINE_MTU = 9000;
    private static final int FIREWALL_MTU = 9216;

    /** What the rack needs of the network that a server's routing is of. */
    private record Routing(long asn, String routerId, String firstAddress) {}

    private final Path file;
    private final Map<String, Object> template;
    private final Role role;
    private final String hostname;
    private final List<AllocatedNetwork> networks;
    private final Routing routing;
    private final Optional<FirewallNetworks> firewall;
    private final List<FirewallRule> egress;
    private final List<FirewallRule> ingress;

    private Allocation(
            Path file,
            Map<String, Object> template,
            Role role,
            String hostname,
            List<AllocatedNetwork> networks,
            Routing routing,
            Optional<FirewallNetworks> firewall,
            List<FirewallRule> egress,
            List<FirewallRule> ingress) {
        this.file = file;
        this.template = template;
        this.role = role;
        this.hostname = hostname;
        this.networks = networks;
        this.routing = routing;
        this.firewall = firewall;
        this.egress = egress;
        this.ingress = ingress;
    }

    /**
     * Reads a file such as {@code os/tests/allocations/machine.yaml}.
     *
     * @throws FaultException if it is not there or no YAML, if it lacks what the checks need to know, or has what is the
     *     rack's to decide
     */
    public static Allocation read(Path file) throws IOException {
        return new Reader(file).read();
    }

    public Role role() {
        return role;
    }

    /** Where the machine is reached by ssh: a firewall from outside, as nobody logs in from the underlay. */
    public String address() {
        return firewall.map(FirewallNetworks::outsideAddress).orElse(routing.routerId());
    }

    /** The networks that a firewall stands between, as a rack has them; empty for a machine. */
    public Optional<Overlay> overlay() {
        return firewall.map(FirewallNetworks::overlay);
    }

    /** The network whose machines a firewall protects. */
    public VirtualNetwork privatePrimary() {
        return networksOfFirewall().privatePrimary();
    }

    /** All prefixes that a firewall has to announce to one of its networks, and no other. */
    public Set<Prefix> announcedTo(VirtualNetwork network) {
        return networksOfFirewall().announcedTo(network);
    }

    /** Which address a connection has for a host in {@code network} when it comes from {@code source} in another one. */
    public InetAddress translated(VirtualNetwork network, InetAddress source) {
        return networksOfFirewall().translated(network, source);
    }

    /** What a firewall lets out of its private networks. */
    public List<FirewallRule> egress() {
        return egress;
    }

    /** What a firewall lets into its private networks. */
    public List<FirewallRule> ingress() {
        return ingress;
    }

    private FirewallNetworks networksOfFirewall() {
        return firewall.orElseThrow(() -> new IllegalStateException("Only a firewall stands between networks."));
    }

    String hostname() {
        return hostname;
    }

    /**
     * Looks whether the rack will see what the system says.
     *
     * @param wanted where the rack listens
     * @throws FaultException if the file names another console as the last, which is the one that counts
     */
    public void requireConsole(MachineFacts.Console wanted) {
        String last = consoles(wanted).getLast();
        if (!last.startsWith(wanted.device() + "," + wanted.speed())) {
            throw FaultException.wrongInput(
                    "The allocation " + file + " has the console " + last + ", where the rack does not listen.",
                    "Name " + wanted + " as the last one.");
        }
    }

    /** As the kernel gets them. */
    private List<String> consoles(MachineFacts.Console usual) {
        String text =
                Optional.ofNullable(template.get(CONSOLE)).map(Object::toString).orElseGet(usual::toString);
        return Stream.of(text.strip().split("\\s+"))
                .map(word -> CONSOLE_OF_KERNEL.matcher(word).replaceFirst(""))
                .toList();
    }

    /** The keys of the file, and those by which the rack gets in. */
    private String keyText(MachineFacts facts) {
        String own = Optional.ofNullable(template.get(PUBLIC_KEYS))
                .map(Object::toString)
                .orElse("");
        return Stream.concat(own.lines(), facts.publicKeys().stream()).collect(Collectors.joining("\n"));
    }

    private List<String> publicKeys(MachineFacts facts) {
        return keyText(facts)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    /** The text of {@code install.yaml}, but for {@code root_uuid} and {@code raidenabled}, which the hammer adds. */
    public String installYaml(MachineFacts facts) {
        Map<String, Object> all = new LinkedHashMap<>(template);
        all.put("machineuuid", facts.machineUuid());
        all.put(PUBLIC_KEYS, keyText(facts));
        all.put("password", facts.password());
        all.putIfAbsent(CONSOLE, facts.console().toString());
        all.put("timestamp", facts.timestamp().toString());
        all.put("nics", facts.ports().stream().map(Allocation::nic).toList());
        all.put(
                "dns_servers",
                facts.dnsServers().stream().map(ip -> Map.of("ip", ip)).toList());
        all.put(
                "ntp_servers",
                facts.ntpServers().stream()
                        .map(address -> Map.of("address", address))
                        .toList());
        return new Dump(DumpSettings.builder()
                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                        .setWidth(Integer.MAX_VALUE)
                        .build())
                .dumpToString(all);
    }

    private static Map<String, Object> nic(Port port) {
        Map<String, Object> nic = new LinkedHashMap<>();
        nic.put("mac", port.mac());
        nic.put("name", port.name());
        nic.put("identifier", port.mac());
        Map<String, Object> neighbor = new LinkedHashMap<>();
        neighbor.put("mac", port.neighborMac());
        neighbor.put("name", port.neighborName());
        nic.put("neighbors", List.of(neighbor));
        return nic;
    }

    /** What the checks expect of this allocation: the variables that {@code os/tests/machine.yaml} describes. */
    public Map<String, Object> variables(MachineFacts facts) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("role", role.label());
        variables.put("hostname", hostname);
        variables.put("publicKeys", publicKeys(facts));
        variables.put("consoles", consoles(facts.console()));
        variables.put(
                CONSOLE,
                Map.of(
                        "device", facts.console().device(),
                        "unit", facts.console().unit(),
                        "speed", facts.console().speed()));
        variables.put("asn", routing.asn());
        variables.put("routerId", routing.routerId());
        variables.put("firstAddress", routing.firstAddress());
        variables.put("addresses", loopbackAddresses());
        variables.put("mtu", role == Role.FIREWALL ? FIREWALL_MTU : MACHINE_MTU);
        variables.put(
                "ports",
                facts.ports().stream()
                        .map(port -> Map.of("name", port.name(), "mac", port.mac()))
                        .toList());
        variables.put("dnsServers", facts.dnsServers());
        variables.put("ntpServers", facts.ntpServers());
        variables.put("raid", facts.raid());
        variables.put("vrfs", virtualRoutingTables());
        variables.put("outside", firewall.map(FirewallNetworks::outsideName).orElse(""));
        variables.put(
                "exit",
                overlay().map(overlay -> overlay.exit().getHostAddress()).orElse(""));
        return variables;
    }

    private List<String> loopbackAddresses() {
        return networks.stream()
                .filter(network -> network.isUnderlay() == (role == Role.FIREWALL) && !network.isSuper())
                .flatMap(network -> network.hostPrefixes().stream())
                .toList();
    }

    private List<Map<String, Object>> virtualRoutingTables() {
        if (role == Role.MACHINE) {
            return List.of();
        }
        return networks.stream()
                .filter(network -> !network.isUnderlay() && !network.isSuper())
                .map(network -> Map.<String, Object>of(
                        "name", "vrf" + network.vrf(),
                        "vni", network.vrf(),
                        "nat", network.nat(),
                        "addresses", network.hostPrefixes()))
                .toList();
    }

    /** Reads one file; says in messages where it is wrong. */
    private static final class Reader {

        private static final String CHILD = "child";
        private static final String PRIVATE = "private";

        private final Path file;

        Reader(Path file) {
            this.file = file;
        }

        Allocation read() throws IOException {
            if (!Files.isRegularFile(file)) {
                throw FaultException.wrongInput(
                        "There is no file " + file + ".", "Name one of those in os/tests/allocations.");
            }
            Map<String, Object> template = template();
            Set<String> refused = new LinkedHashSet<>(template.keySet());
            refused.retainAll(OF_THE_RACK);
            if (!refused.isEmpty()) {
                throw fault(
                        "has " + String.join(", ", refused) + ", which only the rack can know",
                        "Take it out of the file.");
            }
            Role role = switch (text(template, "role", "role")) {
                case "machine" -> Role.MACHINE;
                case "firewall" -> Role.FIREWALL;
                case String other -> throw fault("has the role " + other, "A role is machine or firewall.");
            };
            List<AllocatedNetwork> networks = networks(template);
            String hostname = nameToItself(text(template, "hostname", "hostname"));
            Routing routing = routing(role, networks);
            Optional<FirewallNetworks> firewall =
                    role == Role.FIREWALL ? Optional.of(firewallNetworks(networks)) : Optional.empty();
            Map<String, Object> rules = template.get("firewall_rules") == null
                    ? Map.of()
                    : mapping(template.get("firewall_rules"), "firewall_rules");
            return new Allocation(
                    file,
                    template,
                    role,
                    hostname,
                    networks,
                    routing,
                    firewall,
                    rules(rules, "egress"),
                    rules(rules, "ingress"));
        }

        /** What the system calls itself that was given this name: without a dot at the end, and without underscores. */
        private static String nameToItself(String given) {
            return (given.endsWith(".") ? given.substring(0, given.length() - 1) : given).replace('_', '-');
        }

        private Routing routing(Role role, List<AllocatedNetwork> networks) {
            AllocatedNetwork own = (role == Role.FIREWALL
                            ? networks.stream()
                                    .filter(AllocatedNetwork::isUnderlay)
                                    .findFirst()
                            : primary(networks))
                    .orElseThrow(() -> fault(
                            "has no network of type "
                                    + (role == Role.FIREWALL ? "underlay" : "privateprimary… or child"),
                            "Add the one that gives the server its ASN and its address."));
            long asn = Stream.concat(Stream.of(own), networks.stream())
                    .map(AllocatedNetwork::asn)
                    .filter(number -> number != 0)
                    .findFirst()
                    .orElseThrow(
                            () -> fault("has no network with an asn", "Give one: it is what BGP says of the server."));
            String routerId = own.addressFour()
                    .orElseThrow(() -> fault(
                            "has a network of type " + own.type() + " without an IPv4 address in ips",
                            "Give it one: by it the rack reaches the server."));
            return new Routing(asn, routerId, own.addresses().getFirst());
        }

        /** The newer API does not say which one is the primary one. */
        private static Optional<AllocatedNetwork> primary(List<AllocatedNetwork> networks) {
            return Stream.<Predicate<String>>of(
                            type -> type.startsWith("privateprimary"), CHILD::equals, PRIVATE::equals)
                    .flatMap(kind -> networks.stream().filter(network -> kind.test(network.type())))
                    .findFirst();
        }

        private FirewallNetworks firewallNetworks(List<AllocatedNetwork> networks) {
            try {
                return new FirewallNetworks(networks);
            } catch (IllegalArgumentException e) {
                throw fault(String.valueOf(e.getMessage()), "Give it one.");
            }
        }

        private List<FirewallRule> rules(Map<String, Object> rules, String direction) {
            if (rules.get(direction) == null) {
                return List.of();
            }
            List<FirewallRule> read = new ArrayList<>();
            List<?> entries = list(rules, direction, "firewall_rules." + direction);
            for (int index = 0; index < entries.size(); index++) {
                String place = "firewall_rules.%s[%d]".formatted(direction, index);
                Map<String, Object> rule = mapping(entries.get(index), place);
                List<Integer> ports = new ArrayList<>();
                for (Object port : list(rule, "ports", place + ".ports")) {
                    ports.add(Integer.parseInt(port.toString()));
                }
                read.add(new FirewallRule(
                        text(rule, "protocol", place + ".protocol"),
                        ports,
                        prefixes(rule, "from", place),
                        prefixes(rule, "to", place)));
            }
            return List.copyOf(read);
        }

        /** None where the list is not there. */
        private List<Prefix> prefixes(Map<String, Object> mapping, String key, String place) {
            List<Prefix> prefixes = new ArrayList<>();
            for (Object prefix : mapping.get(key) == null ? List.of() : list(mapping, key, place + "." + key)) {
                try {
                    prefixes.add(Prefix.parse(prefix.toString()));
                } catch (IllegalArgumentException e) {
                    throw fault("has " + place + "." + key + " " + prefix, "Write prefixes, such as 10.0.16.0/22.");
                }
            }
            return prefixes;
        }

        private Map<String, Object> template() throws IOException {
            try {
                Object content = new Load(
                                LoadSettings.builder().setLabel(file.toString()).build())
                        .loadFromString(Files.readString(file));
                return mapping(content, "The file");
            } catch (MarkedYamlEngineException e) {
                String line = e.getProblemMark()
                        .map(mark -> ":" + (mark.getLine() + 1))
                        .orElse("");
                throw FaultException.wrongInput(
                        file + line + ": This is not YAML: " + e.getProblem() + ".",
                        "Check the indentation and the quotes.");
            } catch (YamlEngineException e) {
                throw fault("is not YAML: " + e.getMessage(), "Check the indentation and the quotes.");
            }
        }

        private List<AllocatedNetwork> networks(Map<String, Object> template) {
            List<AllocatedNetwork> networks = new ArrayList<>();
            List<?> entries = list(template, "networks", "networks");
            for (int index = 0; index < entries.size(); index++) {
                String place = "networks[" + index + "]";
                Map<String, Object> network = mapping(entries.get(index), place);
                List<String> addresses = new ArrayList<>();
                for (Object address : list(network, "ips", place + ".ips")) {
                    addresses.add(address.toString());
                }
                networks.add(new AllocatedNetwork(
                        type(network),
                        number(network, "asn", place),
                        number(network, "vrf", place),
                        Boolean.TRUE.equals(network.get("nat")),
                        addresses,
                        prefixes(network, "prefixes", place),
                        prefixes(network, "destinationprefixes", place)));
            }
            return networks;
        }

        /** As older versions of the API spell it, which told no type but flags at first. */
        private static String type(Map<String, Object> network) {
            return Stream.of("networktype", "networktypev2")
                    .map(network::get)
                    .filter(Objects::nonNull)
                    .map(value -> value.toString().toLowerCase(Locale.ROOT))
                    .map(name -> (name.startsWith(TYPE) ? name.substring(TYPE.length()) : name).replace('_', '-'))
                    .findFirst()
                    .orElseGet(() -> Boolean.TRUE.equals(network.get("underlay"))
                            ? "underlay"
                            : Boolean.TRUE.equals(network.get(PRIVATE)) ? PRIVATE : "external");
        }

        private Map<String, Object> mapping(@Nullable Object value, String place) {
            if (!(value instanceof Map<?, ?> map)) {
                throw fault("has no mapping where one belongs: " + place, "Write keys and values.");
            }
            Map<String, Object> mapping = new LinkedHashMap<>();
            map.forEach((key, entry) -> mapping.put(String.valueOf(key), entry));
            return mapping;
        }

        private String text(Map<String, Object> mapping, String key, String place) {
            return Optional.ofNullable(mapping.get(key))
                    .map(Object::toString)
                    .filter(text -> !text.isBlank())
                    .orElseThrow(() -> fault("lacks " + place, "Add it."));
        }

        private List<?> list(Map<String, Object> mapping, String key, String place) {
            if (mapping.get(key) instanceof List<?> list) {
                return list;
            }
            throw fault("has no list as " + place, "Write one, [] if it is to be empty.");
        }

        /** 0 if there is none. In quotes, too, as protobuf writes numbers of 64 bits. */
        private long number(Map<String, Object> mapping, String key, String place) {
            return switch (Optional.ofNullable(mapping.get(key)).orElse(0)) {
                case Number number
                when number.longValue() >= 0 && number.longValue() <= 0xFFFF_FFFFL -> number.longValue();
                case String digits when digits.matches("[0-9]{1,9}") -> Long.parseLong(digits);
                case Object other ->
                    throw fault("has " + place + "." + key + " " + other, "Write a number up to 4294967295.");
            };
        }

        private FaultException fault(String what, String remedy) {
            return FaultException.wrongInput("The allocation " + file + " " + what + ".", remedy);
        }
    }
}
