package io.metalimages.rack.checks;

import io.metalimages.artifact.check.Loss;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.provisioning.Allocation;
import io.metalimages.rack.provisioning.MachineFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The checks that are made of a running system: which ones, with which expectations. Not thread-safe. */
public final class SystemChecks {

    private static final String REACHABILITY = "machine-reachability.yaml";
    private static final String DEGRADED = "degraded.yaml";
    private static final String OWN = "image.yaml";

    /** For boot, BGP and clock to settle, where the processor runs the guest. */
    private static final Duration SETTLING_LIMIT = Duration.ofSeconds(12);

    private final Goss goss;
    private final Optional<Path> own;
    private final Allocation allocation;
    private final MachineFacts facts;
    private final CheckContext context;
    private final Optional<FirewallTraffic> traffic;
    private final Path scratch;
    private final Map<String, Path> inputs = new HashMap<>();
    private Optional<Shipped> shipped = Optional.empty();

    /** @param shell by which they were shipped, and can be run */
    private record Shipped(Goss.Shipment checks, SecureShell shell) {}

    /**
     * Prepares the checks.
     *
     * @param own a file with further checks, of this image alone
     * @param traffic what is checked of a firewall from the servers around it; empty if there are none
     * @param losses what the image has lost on its way to the disk and has to have got back
     * @param scratch a directory for files
     */
    public SystemChecks(
            Goss goss,
            Optional<Path> own,
            Allocation allocation,
            MachineFacts facts,
            CheckContext context,
            Optional<FirewallTraffic> traffic,
            List<Loss> losses,
            Path scratch)
            throws IOException {
        this.goss = goss;
        this.own = own;
        this.allocation = allocation;
        this.facts = facts;
        this.context = context;
        this.traffic = traffic;
        this.scratch = scratch;
        inputs.put("losses", Files.writeString(scratch.resolve("losses"), text(losses)));
        own.ifPresent(checks -> inputs.put(OWN, checks));
        context.internet().ifPresent(internet -> inputs.put("authority.pem", internet.authority()));
    }

    /** What {@code os/tests/scripts/lost} reads. */
    private static String text(List<Loss> losses) {
        return losses.stream()
                .filter(SystemChecks::canBeSeen)
                .map(loss -> "%s\t%s\t%s\n".formatted(loss.aspect(), loss.value(), loss.path()))
                .collect(Collectors.joining());
    }

    /** What makes up for a lost capability may be something else, so that the file has none. */
    private static boolean canBeSeen(Loss loss) {
        return switch (loss.aspect()) {
            case OWNER, MODE -> true;
            case CAPABILITY -> loss.restoredBy().isEmpty();
            case ATTRIBUTE -> false;
        };
    }

    /** Finds mistakes in the checks before a machine is started, see {@link Goss#validate}. */
    public void validate() throws IOException, InterruptedException {
        goss.validate(suite(), variables(CheckContext.Start.KEXEC), scratch);
        if (isConnected() && obstacleToLoss().isEmpty()) {
            goss.validate(REACHABILITY, withoutLeaf(0), scratch);
        }
        goss.validate(DEGRADED, withoutDisk(), scratch);
        if (own.isPresent()) {
            goss.validate(own.get().toAbsolutePath().toString(), variables(CheckContext.Start.KEXEC), scratch);
        }
    }

    /** Makes all checks of the machine as it is with everything in order. */
    public List<CheckResult> all(SecureShell shell, CheckContext.Start start) throws IOException, InterruptedException {
        List<CheckResult> results = new ArrayList<>(run(shell, suite(), variables(start), allSessions()));
        if (traffic.isPresent()) {
            results.addAll(traffic.get().all(shell));
        }
        if (own.isPresent()) {
            // How the machine is entered is a result of both.
            run(shell, OWN, variables(start), allSessions()).stream()
                    .filter(result -> !results.contains(result))
                    .forEach(results::add);
        }
        return List.copyOf(results);
    }

    private int allSessions() {
        return isConnected() ? facts.ports().size() : 0;
    }

    /**
     * Why the loss of a switch is not checked, as a sentence; empty if it is.
     *
     * <p>When the best of two ways to one end of a tunnel is lost, bgpd has zebra forget the end and learn it again. zebra 8.4
     * does both in the wrong order, and lacks the end's MAC address until it is restarted.
     */
    public Optional<String> obstacleToLoss() {
        return traffic.map(
                firewall -> "FRR 8.4, which the switches have, loses the ends of tunnels along with a switch.");
    }

    /** Checks what has to work while the switch at the machine's port {@code cut} is out of service. */
    public List<CheckResult> without(SecureShell shell, int cut) throws IOException, InterruptedException {
        return run(shell, REACHABILITY, withoutLeaf(cut), facts.ports().size() - 1);
    }

    /** Checks what has to work in a machine that was started from its disks but for one. */
    public List<CheckResult> withoutDisk(SecureShell shell) throws IOException, InterruptedException {
        return run(shell, DEGRADED, withoutDisk(), allSessions());
    }

    private List<CheckResult> run(SecureShell shell, String suite, Map<String, Object> variables, int sessions)
            throws IOException, InterruptedException {
        if (shipped.filter(there -> there.shell() == shell).isEmpty()) {
            shipped = Optional.of(new Shipped(goss.ship(shell, inputs, scratch), shell));
        }
        return shipped.get()
                .checks()
                .run(
                        suite,
                        variables,
                        facts.password(),
                        sessions,
                        context.acceleration().limit(SETTLING_LIMIT));
    }

    private boolean isConnected() {
        return context.internet().isPresent();
    }

    private String suite() {
        return allocation.role().label() + ".yaml";
    }

    private Map<String, Object> variables(CheckContext.Start start) {
        Map<String, Object> variables = new LinkedHashMap<>(allocation.variables(facts));
        variables.putAll(context.variables(start));
        return variables;
    }

    private Map<String, Object> withoutDisk() {
        Map<String, Object> variables = variables(CheckContext.Start.DISK);
        variables.put("missingDisks", 1);
        return variables;
    }

    private Map<String, Object> withoutLeaf(int cut) {
        Map<String, Object> variables = variables(CheckContext.Start.KEXEC);
        variables.put("cut", facts.ports().get(cut).name());
        variables.put("remaining", facts.ports().get(1 - cut).name());
        return variables;
    }
}
