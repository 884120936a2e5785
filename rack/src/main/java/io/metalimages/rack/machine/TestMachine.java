package io.metalimages.rack.machine;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The machine of a test, from the hammer to its last restart, and the way into it. Not thread-safe. */
public final class TestMachine implements AutoCloseable {

    /** Limits where the processor runs the guest; elsewhere they are longer, see {@link Acceleration#limit}. */
    private static final Duration BOOT_LIMIT = Duration.ofSeconds(30);

    /**
     * How long a system may look for a disk that it has lost before it goes on, wherever it runs: dracut does for some two
     * thirds of its {@code rd.retry}, 180 s, and for longer where each look takes time.
     */
    private static final Duration SEARCH_FOR_A_LOST_DISK = Duration.ofMinutes(5);

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(6);

    /** What QEMU may take to end once it has closed the console. */
    private static final Duration ENDING = Duration.ofSeconds(2);

    /** What getty writes, whatever the system. */
    private static final String LOGIN_PROMPT = "login:";

    /** What is done with a machine. */
    @FunctionalInterface
    public interface Work {
        void perform() throws IOException, InterruptedException;
    }

    private final Hardware hardware;
    private final Acceleration acceleration;
    private final Launcher launcher;
    private final SecureShell shellByRoute;
    private final Optional<SecureShell> shellWithoutRoutes;
    private Optional<Machine> running;
    private SecureShell shell;
    private boolean lacksDisk;

    /**
     * Takes over a machine.
     *
     * @param machine runs, and from now on belongs to this one, which closes it
     */
    public TestMachine(
            Machine machine,
            Acceleration acceleration,
            Launcher launcher,
            SecureShell shellByRoute,
            Optional<SecureShell> shellWithoutRoutes) {
        this.hardware = machine.hardware();
        this.running = Optional.of(machine);
        this.acceleration = acceleration;
        this.launcher = launcher;
        this.shellByRoute = shellByRoute;
        this.shellWithoutRoutes = shellWithoutRoutes;
        this.shell = shellByRoute;
    }

    public Hardware hardware() {
        return hardware;
    }

    /** The way into the machine that was found by {@link #awaitAnswer}. */
    public SecureShell shell() {
        return shell;
    }

    /**
     * Does something with the machine by ssh. If that fails, it is found out first whether KVM is the reason.
     *
     * @throws AccelerationException if so
     */
    public void use(Work work) throws IOException, InterruptedException {
        try {
            work.perform();
        } catch (FaultException e) {
            if (running.isPresent()) {
                running.get().requireSignOfLife();
            }
            throw e;
        }
    }

    /** Waits until somebody could log in on the console. */
    public void awaitLoginPrompt() throws IOException, InterruptedException {
        Duration usual = acceleration.limit(BOOT_LIMIT);
        machine().awaitOnConsole(LOGIN_PROMPT, lacksDisk ? usual.plus(SEARCH_FOR_A_LOST_DISK) : usual);
    }

    /**
     * Waits until the machine can be entered by ssh: over the routes that it announces or, if that takes too long, directly
     * from a switch, so that it can be found out what is wrong.
     *
     * @return why it does not answer over its routes; empty if it does
     * @throws FaultException if it does not answer at all
     */
    public Optional<String> awaitAnswer() throws IOException, InterruptedException {
        Duration limit = acceleration.limit(ANSWER_LIMIT);
        try {
            shellByRoute.awaitAnswer(limit);
            shell = shellByRoute;
            return Optional.empty();
        } catch (FaultException unreachable) {
            machine().requireSound();
            if (shellWithoutRoutes.isEmpty()) {
                throw unreachable;
            }
            shell = shellWithoutRoutes.get();
            shell.awaitAnswer(limit);
            return Optional.of(String.valueOf(unreachable.getMessage()));
        }
    }

    /** Waits until the hammer has switched the machine off. */
    public void awaitSwitchedOff() throws IOException, InterruptedException {
        if (machine().awaitEnd(acceleration.limit(BOOT_LIMIT)) != Machine.End.SWITCHED_OFF) {
            throw machine().fault("The hammer was to switch the machine off, and restarted it.");
        }
    }

    /** All that the system's journal has since it started or, if it can't be had, why. */
    public String journal(String password) throws IOException, InterruptedException {
        try {
            SecureShell.CommandResult answer = shell.run(
                    "sudo --stdin --prompt= -- journalctl --boot --no-pager --no-hostname --output short-monotonic",
                    password + "\n");
            return answer.status() == 0 ? answer.output() : "journalctl failed: " + answer.errors();
        } catch (FaultException unreachable) {
            return "The journal could not be read. " + unreachable.getMessage() + "\n";
        }
    }

    /** Has the system restart itself, and starts the machine again from its disk. */
    public void reboot(String password) throws IOException, InterruptedException {
        end("reboot", Machine.End.REBOOT, password);
        running = Optional.of(Machine.start(hardware, new Boot.FromDisk(), acceleration, launcher));
    }

    /**
     * Has the system switch the machine off, and starts it again with all its disks but one. What it writes from then on
     * goes to copies of them: the disks stay as they were.
     *
     * @param missing the place in {@link Hardware#disks} of the one that is left out
     */
    public void restartWithout(int missing, String password) throws IOException, InterruptedException {
        end("poweroff", Machine.End.SWITCHED_OFF, password);
        Path directory = Files.createDirectory(hardware.directory().resolve("without" + missing));
        List<Disk> copies = new ArrayList<>();
        for (int i = 0; i < hardware.disks().size(); i++) {
            if (i != missing) {
                copies.add(hardware.disks().get(i).overlay(directory.resolve("disk" + i + ".qcow2"), launcher));
            }
        }
        lacksDisk = true;
        running = Optional.of(Machine.start(hardware.with(copies), new Boot.FromDisk(), acceleration, launcher));
    }

    private void end(String verb, Machine.End end, String password) throws IOException, InterruptedException {
        SecureShell.CommandResult answer = shell.run(
                "sudo --stdin --prompt= -- systemd-run --quiet --on-active=1s systemctl " + verb, password + "\n");
        if (answer.status() != 0) {
            throw FaultException.failed(
                    "The system did not take the command " + verb + ": "
                            + answer.errors().strip(),
                    null);
        }
        shell.disconnect();
        if (machine().awaitEnd(acceleration.limit(BOOT_LIMIT)) != end) {
            throw machine().fault("The system did something else than " + verb + ".");
        }
        close();
    }

    /**
     * After a person has left the console, or lost it because the machine ended: starts the machine again from its disk if
     * it ended for a restart.
     *
     * @return whether it has, so that the person can go on
     */
    public boolean restartIfEndedForIt() throws IOException, InterruptedException {
        if (!machine().endsWithin(ENDING) || machine().awaitEnd(ENDING) != Machine.End.REBOOT) {
            return false;
        }
        close();
        running = Optional.of(Machine.start(hardware, new Boot.FromDisk(), acceleration, launcher));
        return true;
    }

    /** Waits for something, see {@link Machine#awaitThat}; {@code usual} is for where the processor runs the guest. */
    public void awaitThat(Machine.Condition condition, String what, Duration usual)
            throws IOException, InterruptedException {
        machine().awaitThat(condition, what, acceleration.limit(usual));
    }

    private Machine machine() {
        return running.orElseThrow(() -> new IllegalStateException("The machine is off."));
    }

    /** Switches the machine off. */
    @Override
    public void close() throws IOException {
        if (running.isPresent()) {
            Machine machine = running.get();
            running = Optional.empty();
            machine.close();
        }
    }
}
