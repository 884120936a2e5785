package io.metalimages.rack.checks;

import io.metalimages.rack.machine.Acceleration;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.overlay.Prefix;
import io.metalimages.rack.overlay.Tenants;
import io.metalimages.rack.overlay.VirtualNetwork;
import io.metalimages.rack.provisioning.Allocation;
import io.metalimages.rack.provisioning.FirewallRule;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What becomes of the traffic between the servers around a firewall: which routes they get, which connections are let through,
 * as whose, and who takes note of it. Not thread-safe.
 */
public final class FirewallTraffic {

    private static final int HTTPS = 443;
    private static final int BGP = 179;

    /** Ports that one is taken of which no rule is for. */
    private static final int FIRST_UNUSUAL_PORT = 7000;

    /** Where the processor runs the guest; see {@link Acceleration#limit}. */
    private static final Duration CONVERGENCE_LIMIT = Duration.ofSeconds(4);

    private static final Duration CONNECTION_LIMIT = Duration.ofSeconds(2);

    /** Longer than any connection takes that was let through. */
    private static final Duration REFUSAL_LIMIT = Duration.ofMillis(500);

    private static final Duration POLL = Duration.ofMillis(500);

    private final Tenants tenants;
    private final Allocation allocation;
    private final Acceleration acceleration;
    private final String password;
    private final VirtualNetwork inside;
    private final VirtualNetwork outside;
    private final InetAddress machine;
    private final InetAddress internet;

    /** @param password of the console, for sudo */
    public FirewallTraffic(Tenants tenants, Allocation allocation, Acceleration acceleration, String password) {
        this.tenants = tenants;
        this.allocation = allocation;
        this.acceleration = acceleration;
        this.password = password;
        this.inside = allocation.privatePrimary();
        this.outside = tenants.overlay().internet();
        this.machine = inside.hostAddresses().getFirst();
        this.internet = tenants.internet(machine instanceof Inet4Address);
    }

    /** Makes all checks of a firewall with everything in order. */
    List<CheckResult> all(SecureShell shell) throws IOException, InterruptedException {
        List<CheckResult> results = new ArrayList<>(routes());
        results.addAll(egress(shell));
        results.addAll(ingress());
        results.add(detection(shell));
        return List.copyOf(results);
    }

    private List<CheckResult> routes() throws IOException, InterruptedException {
        List<CheckResult> results = new ArrayList<>();
        for (VirtualNetwork network : tenants.overlay().networks()) {
            Set<Prefix> expected = allocation.announcedTo(network);
            Optional<String> trouble = untilNone(() -> trouble(expected, tenants.learned(network)));
            results.add(CheckResult.of("vrf" + network.vni(), "Routes", "are those of the allocation", trouble));
        }
        return results;
    }

    /** How what the VRFs of a network have learned differs from what is expected; empty if it does not. */
    static Optional<String> trouble(Set<Prefix> expected, Map<String, Set<Prefix>> learned) {
        List<String> differences = new ArrayList<>();
        learned.forEach((vrf, prefixes) -> {
            expected.stream()
                    .filter(prefix -> !prefixes.contains(prefix))
                    .map(prefix -> vrf + " lacks " + prefix)
                    .sorted()
                    .forEach(differences::add);
            prefixes.stream()
                    .filter(prefix -> !expected.contains(prefix))
                    .map(prefix -> vrf + " has " + prefix + ", which the allocation does not let there")
                    .sorted()
                    .forEach(differences::add);
        });
        return differences.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", differences) + ".");
    }

    private List<CheckResult> egress(SecureShell shell) throws IOException, InterruptedException {
        List<CheckResult> results = new ArrayList<>();
        for (VirtualNetwork network : tenants.overlay().networks()) {
            if (network.equals(inside)) {
                continue;
            }
            String name = network.equals(outside) ? "internet" : "vrf" + network.vni();
            InetAddress source = sourceTo(network);
            Optional<InetAddress> host = network.equals(outside)
                    ? Optional.of(internet)
                    : network.hostAddresses().stream()
                            .filter(address -> address instanceof Inet4Address == machine instanceof Inet4Address)
                            .filter(address -> isRouted(address, inside))
                            .findFirst();
            if (host.isEmpty()) {
                continue;
            }
            OptionalInt port = allowedPort(network, source, host.get());
            results.add(
                    port.isEmpty()
                            ? noRule(name, "Egress", "is reached by a machine")
                            : letOut(name, source, network, host.get(), port.getAsInt()));
        }
        InetAddress source = sourceTo(outside);
        int refused = unusedPort(allocation.egress());
        tenants.listen(outside, refused);
        long loggedBefore = loggedRefusals(shell, refused);
        results.add(refused(
                "internet",
                "Egress",
                "is not reached by a port that no rule is for",
                inside,
                source,
                outside,
                internet,
                refused));
        results.add(logged(shell, refused, loggedBefore));
        if (covered(allocation.egress(), source, internet, port -> port == BGP).isPresent()) {
            results.add(refused(
                    "internet",
                    "Egress",
                    "is not reached by BGP, whatever the rules say",
                    inside,
                    source,
                    outside,
                    internet,
                    BGP));
        }
        return results;
    }

    /** Whether the firewall tells a network of an address, more than that it leads everywhere. */
    private boolean isRouted(InetAddress address, VirtualNetwork to) {
        return allocation.announcedTo(to).contains(Prefix.of(address));
    }

    /** The address by which a machine speaks to a network: where NAT does not hide it, one that is known there. */
    private InetAddress sourceTo(VirtualNetwork network) {
        if (!allocation.translated(network, machine).equals(machine)) {
            return machine;
        }
        return inside.hostAddresses().stream()
                .filter(address -> address instanceof Inet4Address == machine instanceof Inet4Address)
                .filter(address -> isRouted(address, network))
                .findFirst()
                .orElse(machine);
    }

    /** A port on which this process can listen, and that the rules let machines reach. */
    private OptionalInt allowedPort(VirtualNetwork network, InetAddress source, InetAddress host) {
        return covered(
                allocation.egress(), source, host, port -> port != BGP && (port != HTTPS || !network.equals(outside)));
    }

    /** A TCP port by which the rules let a connection through. */
    private static OptionalInt covered(
            List<FirewallRule> rules, InetAddress source, InetAddress destination, IntPredicate wanted) {
        return rules.stream()
                .filter(FirewallRule::isTcp)
                .filter(rule -> rule.covers(source, destination))
                .flatMapToInt(rule -> rule.ports().stream().mapToInt(Integer::intValue))
                .filter(wanted)
                .findFirst();
    }

    private static int unusedPort(List<FirewallRule> rules) {
        return IntStream.iterate(FIRST_UNUSUAL_PORT, port -> port + 1)
                .filter(port -> rules.stream().noneMatch(rule -> rule.ports().contains(port)))
                .findFirst()
                .orElseThrow();
    }

    /** A machine reaches a host in another network, and is seen there as the allocation says. */
    private CheckResult letOut(String name, InetAddress source, VirtualNetwork network, InetAddress host, int port)
            throws IOException, InterruptedException {
        tenants.listen(network, port);
        InetAddress expected = allocation.translated(network, source);
        return CheckResult.of(
                name,
                "Egress",
                expected.equals(source) ? "is reached by a machine" : "is reached by a machine, which NAT hides",
                untilNone(() -> trouble(
                        tenants.connect(inside, source, host, port, acceleration.limit(CONNECTION_LIMIT)),
                        source,
                        host,
                        port,
                        expected)));
    }

    private static Optional<String> trouble(
            Tenants.Attempt attempt, InetAddress source, InetAddress host, int port, InetAddress expected) {
        if (attempt.seenAs().isEmpty()) {
            return Optional.of("%s did not reach port %d of %s: %s."
                    .formatted(source.getHostAddress(), port, host.getHostAddress(), attempt.trouble()));
        }
        return attempt.seenAs()
                .filter(seen -> !seen.equals(expected))
                .map(seen -> "%s sees %s come from %s instead of %s."
                        .formatted(
                                host.getHostAddress(),
                                source.getHostAddress(),
                                seen.getHostAddress(),
                                expected.getHostAddress()));
    }

    private CheckResult refused(
            String name,
            String resource,
            String property,
            VirtualNetwork from,
            InetAddress source,
            VirtualNetwork to,
            InetAddress destination,
            int port)
            throws IOException, InterruptedException {
        Tenants.Attempt attempt = tenants.connect(from, source, destination, port, acceleration.limit(REFUSAL_LIMIT));
        return CheckResult.of(
                name,
                resource,
                property,
                attempt.isConnected()
                        ? Optional.of("%s reached port %d of %s in vrf%d."
                                .formatted(source.getHostAddress(), port, destination.getHostAddress(), to.vni()))
                        : Optional.empty());
    }

    private List<CheckResult> ingress() throws IOException, InterruptedException {
        List<InetAddress> sources = tenants.addresses(outside);
        for (InetAddress destination : inside.hostAddresses()) {
            if (!isRouted(destination, outside)) {
                continue;
            }
            for (InetAddress source : sources) {
                OptionalInt port = source instanceof Inet4Address == destination instanceof Inet4Address
                        ? covered(allocation.ingress(), source, destination, any -> true)
                        : OptionalInt.empty();
                if (port.isPresent()) {
                    return ingress(source, destination, port.getAsInt());
                }
            }
        }
        return List.of(noRule("internet", "Ingress", "reaches a machine"));
    }

    private List<CheckResult> ingress(InetAddress source, InetAddress destination, int port)
            throws IOException, InterruptedException {
        List<CheckResult> results = new ArrayList<>();
        tenants.listen(inside, port);
        results.add(CheckResult.of(
                "internet",
                "Ingress",
                "reaches a machine",
                untilNone(() -> trouble(
                        tenants.connect(outside, source, destination, port, acceleration.limit(CONNECTION_LIMIT)),
                        source,
                        destination,
                        port,
                        source))));
        int refused = unusedPort(allocation.ingress());
        tenants.listen(inside, refused);
        results.add(refused(
                "internet",
                "Ingress",
                "does not reach a machine by a port that no rule is for",
                outside,
                source,
                inside,
                destination,
                refused));
        Optional<InetAddress> stranger = tenants.addresses(outside).stream()
                .filter(address -> address instanceof Inet4Address == destination instanceof Inet4Address)
                .filter(address -> covered(allocation.ingress(), address, destination, any -> any == port)
                        .isEmpty())
                .findFirst();
        if (stranger.isPresent()) {
            results.add(refused(
                    "internet",
                    "Ingress",
                    "does not reach a machine from where no rule is for",
                    outside,
                    stranger.get(),
                    inside,
                    destination,
                    port));
        }
        return results;
    }

    /** The kernel's log has a connection that was refused just before, besides those of earlier checks. */
    private CheckResult logged(SecureShell shell, int port, long before) throws IOException, InterruptedException {
        return CheckResult.of(
                "of what is dropped",
                "Log",
                "has the refused connection",
                untilNone(() -> loggedRefusals(shell, port) > before
                        ? Optional.empty()
                        : Optional.of("The journal has no new entry nftables-metal-dropped with DST="
                                + internet.getHostAddress() + " and DPT=" + port + ".")));
    }

    /** How often the log of this boot has a connection to the internet that was refused. */
    private long loggedRefusals(SecureShell shell, int port) throws IOException, InterruptedException {
        String command = "journalctl --dmesg --boot --no-pager --quiet --output cat --grep nftables-metal-dropped:";
        return asRoot(shell, command)
                .output()
                .lines()
                .filter(line -> line.contains("DST=" + internet.getHostAddress() + " "))
                .filter(line -> line.contains("DPT=" + port + " "))
                .count();
    }

    /** Suricata writes down a connection that passes from inside to outside. */
    private CheckResult detection(SecureShell shell) throws IOException, InterruptedException {
        InetAddress source = sourceTo(outside);
        if (covered(allocation.egress(), source, internet, port -> port == HTTPS)
                .isEmpty()) {
            return noRule("traffic", "Suricata", "sees a connection");
        }
        String command = "grep --count --fixed-strings " + tenants.internetName() + " /var/log/suricata/eve.json";
        String before = asRoot(shell, command).output().strip();
        Optional<String> unreachable = tenants.fetchPage(inside, source, acceleration.limit(CONNECTION_LIMIT));
        Optional<String> trouble = unreachable.isPresent()
                ? unreachable.map(why -> "There was no traffic to see: " + why)
                : untilNone(() -> asRoot(shell, command).output().strip().equals(before)
                        ? Optional.of("eve.json has nothing new of " + tenants.internetName() + ".")
                        : Optional.empty());
        return CheckResult.of("traffic", "Suricata", "sees a connection", trouble);
    }

    private SecureShell.CommandResult asRoot(SecureShell shell, String command)
            throws IOException, InterruptedException {
        return shell.run("sudo --stdin --prompt= -- " + command, password + "\n");
    }

    private static CheckResult noRule(String name, String resource, String property) {
        return CheckResult.skipped(name, resource, property, "The allocation has no rule that lets it.");
    }

    /** Something to look at more than once. */
    @FunctionalInterface
    private interface Look {
        Optional<String> trouble() throws IOException, InterruptedException;
    }

    /** Looks again until all is right, or nothing is to be hoped for any more. */
    private Optional<String> untilNone(Look look) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            Optional<String> trouble = look.trouble();
            if (trouble.isEmpty()
                    || System.nanoTime() - begun
                            > acceleration.limit(CONVERGENCE_LIMIT).toNanos()) {
                return trouble;
            }
            Thread.sleep(POLL);
        }
    }
}
