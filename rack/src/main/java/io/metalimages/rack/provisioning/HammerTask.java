package io.metalimages.rack.provisioning;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the hammer has to do in a machine: a shell script of its own functions, which are in
 * {@code rack/hammer/context/functions}, and what it fetches meanwhile.
 *
 * @param phases the names of its phases, in order
 * @param script for the hammer's shell
 * @param files what it may fetch, by name
 */
public record HammerTask(List<String> phases, String script, Map<String, Content> files) {

    /** The phases of an installation, up to what happens {@link Then then}. */
    public static final List<String> INSTALLATION = List.of("partition", "format", "mount", "burn", "install");

    /** The phases of a change to an installed system, up to what happens {@link Then then}. */
    public static final List<String> MODIFICATION = List.of("mount", "change");

    /** Where systemd-networkd looks for more about the first network card than the installer says. */
    private static final String CARD_SETTINGS = "/etc/systemd/network/10-lan0.network.d";

    private static final String CARD_FILE = "rack.conf";

    /** What a machine can fetch. */
    sealed interface Content {

        record Text(String text) implements Content {}

        record Stored(Path file) implements Content {}
    }

    /** What a machine does when a task is done. */
    public enum Then {
        /** Starts the installed system's kernel by kexec, as {@code boot-info.yaml} describes it. */
        START_SYSTEM,
        SWITCH_OFF;

        /** The phases of a task that it takes. */
        public List<String> phases() {
            return switch (this) {
                case START_SYSTEM -> List.of("kexec");
                case SWITCH_OFF -> List.of();
            };
        }
    }

    /**
     * Puts an image on blank disks, as metal-hammer does.
     *
     * @param image {@code img.tar.lz4}, with its {@code .md5} next to it
     * @param allocation {@code install.yaml}, without {@code root_uuid} and {@code raidenabled}
     * @param cardAddress what the system's first network card gets beside what the installer gave it, with its number of
     *     bits
     */
    public static HammerTask installation(
            Layout layout,
            Burn burn,
            Path image,
            String allocation,
            Optional<String> userdata,
            Optional<String> cardAddress,
            Then then) {
        LayoutCommands commands = new LayoutCommands(layout);
        Script script = new Script();
        script.phase("partition", commands.partition());
        script.phase("format", commands.format());
        script.phase("mount", commands.mount());
        script.add(List.of("mount_special"));
        script.add(commands.diskInformation());
        script.phase(
                "burn",
                switch (burn) {
                    case METAL_HAMMER -> List.of("burn unpack_as_metal_hammer", "lose_directory_modes");
                    case TAR -> List.of("burn unpack_all");
                });
        script.phase(
                "install",
                List.of(Shell.command("allocation", layout.root().device(), Boolean.toString(layout.isRaid()))));
        if (userdata.isPresent()) {
            script.add(List.of("userdata"));
        }
        script.add(List.of("install"));
        if (cardAddress.isPresent()) {
            script.add(List.of(
                    "mkdir -p $root" + CARD_SETTINGS, "get " + CARD_FILE + " $root" + CARD_SETTINGS + "/" + CARD_FILE));
        }
        script.prepare(then);
        script.add(commands.fstab());
        script.end(then);

        Map<String, Content> files = new LinkedHashMap<>();
        files.put("img.tar.lz4", new Content.Stored(image));
        files.put("img.tar.lz4.md5", new Content.Stored(image.resolveSibling(image.getFileName() + ".md5")));
        files.put("install.yaml", new Content.Text(allocation));
        userdata.ifPresent(text -> files.put("userdata", new Content.Text(text)));
        cardAddress.ifPresent(
                address -> files.put(CARD_FILE, new Content.Text("[Network]\nAddress=" + address + "\n")));
        return script.task(files);
    }

    /**
     * Changes an installed system.
     *
     * @param change a shell script that runs in it, in a chroot
     */
    public static HammerTask modification(Layout layout, String change, Then then) {
        LayoutCommands commands = new LayoutCommands(layout);
        Script script = new Script();
        script.phase("mount", commands.assemble());
        script.add(commands.mount());
        script.add(List.of("mount_special"));
        script.phase("change", List.of("change"));
        script.prepare(then);
        script.end(then);
        return script.task(Map.of("script", new Content.Text(change)));
    }

    private static final class Script {

        private final List<String> phases = new ArrayList<>();
        private final List<String> lines = new ArrayList<>(List.of(". /lib/hammer/functions"));

        void phase(String name, List<String> commands) {
            phases.add(name);
            lines.add("phase " + name);
            lines.addAll(commands);
        }

        void add(List<String> commands) {
            lines.addAll(commands);
        }

        void prepare(Then then) {
            then.phases().forEach(name -> phase(name, List.of("load_kernel")));
        }

        void end(Then then) {
            add(List.of("unmount_all", "end"));
            if (then == Then.START_SYSTEM) {
                add(List.of("kexec --exec"));
            }
        }

        HammerTask task(Map<String, Content> files) {
            return new HammerTask(List.copyOf(phases), String.join("\n", lines) + "\n", Map.copyOf(files));
        }
    }
}
