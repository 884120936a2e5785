package io.metalimages.build.lint;

import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Transfer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds services that are enabled although nothing brings them. Only told of images whose base is a distribution, and where
 * no step brings files that a Dockerfile does not name: what is downloaded, unpacked, copied from other images.
 */
final class ServiceRule {

    private static final Pattern DISTRIBUTION = Pattern.compile(
            "(?:docker\\.io/)?(?:library/)?(?:debian|ubuntu|almalinux|rockylinux|centos|fedora|scratch)(?:[:@].*)?");
    private static final Set<String> UNTOLD = Set.of(
            "curl", "wget", "git", "tar", "unzip", "make", "dpkg", "rpm", "pip", "pip3", "sh", "bash", "python3", "go",
            "cargo", "npm", "install", "cp", "mv", "ln");
    private static final Pattern VARIABLE = Pattern.compile(".*[$`*].*", Pattern.DOTALL);
    private static final Pattern SUFFIX = Pattern.compile("@.*|\\.(?:service|socket|timer|target|path|mount|slice)$");

    /** Prefixes of units that a distribution's own basic packages bring. */
    private static final List<String> BASIC = List.of(
            "systemd-",
            "getty",
            "serial-getty",
            "console-getty",
            "container-getty",
            "dbus",
            "fstrim",
            "multi-user",
            "graphical",
            "rescue",
            "emergency",
            "debug-shell",
            "remote-fs",
            "apt-daily",
            "dpkg-db",
            "e2scrub",
            "tmp",
            "sysinit",
            "network",
            "timers",
            "sockets",
            "basic",
            "ctrl-alt-del",
            "reboot",
            "poweroff",
            "nss-",
            "user@",
            "dnf-makecache",
            "logrotate");

    /** Units whose names say nothing of the package that brings them. */
    private static final Map<String, List<String>> PACKAGES = Map.of(
            "mdmonitor", List.of("mdadm"),
            "kubelet", List.of("kube"),
            "ntp", List.of("ntp"),
            "sshd", List.of("ssh"),
            "crond", List.of("cron"),
            "iscsid", List.of("iscsi"),
            "networking", List.of("ifupdown"),
            "netfilter-persistent", List.of("iptables-persistent"),
            "lm-sensors", List.of("sensors"),
            "dm-event", List.of("lvm2", "dmeventd"));

    private static final int DEEPEST = 32;

    private final Path context;
    private final Findings findings;

    ServiceRule(Path context, Findings findings) {
        this.context = context;
        this.findings = findings;
    }

    /** @param base what the first of the {@code instructions} starts from */
    void check(String base, List<Instruction> instructions) {
        if (!DISTRIBUTION.matcher(base).matches()) {
            return;
        }
        List<String> brought = new ArrayList<>();
        for (Instruction instruction : instructions) {
            if (!bring(instruction, brought)) {
                return;
            }
        }
        for (Instruction instruction : instructions) {
            if (instruction instanceof Instruction.Run run) {
                ShellCommand.in(ShellCommand.script(run.command())).forEach(command -> enabled(command, run, brought));
            }
        }
    }

    /** Collects what an instruction brings; false if that can't be told. */
    private boolean bring(Instruction instruction, List<String> brought) {
        return switch (instruction) {
            case Instruction.Copy copy -> copy.from().isEmpty() && bringFiles(copy.transfer(), brought);
            case Instruction.Add add -> false;
            case Instruction.OnBuild onBuild -> false;
            case Instruction.Run run -> {
                String script = ShellCommand.script(run.command());
                boolean told = run.mounts().stream().noneMatch(mount -> mount.contains("type=bind"));
                for (ShellCommand command : ShellCommand.in(script)) {
                    told &= !UNTOLD.contains(command.program())
                            && !command.program().endsWith(".sh");
                    List<String> packages = PackageManager.of(command)
                            .map(manager -> manager.installed(command))
                            .orElse(List.of());
                    told &= packages.stream()
                            .noneMatch(name -> VARIABLE.matcher(name).matches());
                    brought.addAll(packages);
                }
                Pattern.compile("[\\w@.-]+\\.(?:service|socket|timer)(?=\\s*(?:$|[;&|<)]))")
                        .matcher(script)
                        .results()
                        .filter(unit -> script.contains("/" + unit.group()))
                        .forEach(unit -> brought.add(unit.group()));
                yield told;
            }
            default -> true;
        };
    }

    private boolean bringFiles(Transfer transfer, List<String> brought) {
        for (Transfer.Origin origin : transfer.sources()) {
            if (!(origin instanceof Transfer.Origin.Named(String word))
                    || VARIABLE.matcher(word).matches()) {
                return false;
            }
            Path source =
                    context.resolve(Path.of("/", word).normalize().toString().substring(1));
            try (Stream<Path> files = Files.walk(source, DEEPEST)) {
                files.forEach(file -> brought.add(String.valueOf(file.getFileName())));
            } catch (IOException | UncheckedIOException unreadable) {
                return false;
            }
        }
        brought.add(transfer.destination());
        return true;
    }

    private void enabled(ShellCommand command, Instruction.Run run, List<String> brought) {
        if (!command.program().equals("systemctl") || !command.does("enable")) {
            return;
        }
        for (String unit : command.operands("enable")) {
            if (!VARIABLE.matcher(unit).matches() && !unit.startsWith("/") && !isBrought(unit, brought)) {
                findings.add(
                        LintRule.SERVICE_WITHOUT_PACKAGE,
                        run,
                        "%s is enabled, but no package or file here looks like bringing it".formatted(unit));
            }
        }
    }

    private static boolean isBrought(String unit, List<String> brought) {
        String name = SUFFIX.matcher(unit).replaceFirst("").toLowerCase(Locale.ROOT);
        if (BASIC.stream().anyMatch(name::startsWith)) {
            return true;
        }
        List<String> stems = new ArrayList<>(PACKAGES.getOrDefault(name, List.of()));
        stems.add(plain(name));
        if (name.endsWith("d")) {
            stems.add(plain(name.substring(0, name.length() - 1)));
        }
        stems.add(plain(name.split("[-.]", 2)[0]));
        return brought.stream()
                .map(ServiceRule::plain)
                .anyMatch(text -> stems.stream().anyMatch(text::contains));
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]", "");
    }
}
