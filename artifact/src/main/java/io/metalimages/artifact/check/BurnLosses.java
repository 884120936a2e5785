package io.metalimages.artifact.check;

import io.metalimages.artifact.tar.ImageTree;
import io.metalimages.artifact.tar.TarEntry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What metal-hammer's untar loses of an image, and what gives it back: the image's own tmpfiles.d on every boot, and the
 * steps of the installer.
 */
final class BurnLosses implements TemporaryFiles.Effect {

    private static final int BURNED_DIRECTORY = 0755;
    private static final String CAPABILITY = "security.capability";
    private static final String ACCESS_LIST = "system.posix_acl_";
    private static final String THE_INSTALLER = "the installer";

    /** What a machine mounts other file systems over; of {@code /tmp}, tmpfiles.d decides. */
    private static final Set<String> MOUNT_POINTS = Set.of("dev", "proc", "sys", "run");

    private static final String SYSCTL = "sysctl.d";
    private static final int LARGEST_ACCOUNTS = 1 << 20;

    /** Lets every user make the sockets that ping needs, so that it does without its capability. */
    private static final Pattern ALL_MAY_PING =
            Pattern.compile("-?\\s*net[./]ipv4[./]ping_group_range\\s*=\\s*0\\s+2147483647");

    private static final Pattern PING_SETTING = Pattern.compile("-?\\s*net[./]ipv4[./]ping_group_range\\s*=.*");

    /** linux/capability.h, in the order of their numbers. */
    private static final List<String> CAPABILITIES = List.of(
            "chown",
            "dac_override",
            "dac_read_search",
            "fowner",
            "fsetid",
            "kill",
            "setgid",
            "setuid",
            "setpcap",
            "linux_immutable",
            "net_bind_service",
            "net_broadcast",
            "net_admin",
            "net_raw",
            "ipc_lock",
            "ipc_owner",
            "sys_module",
            "sys_rawio",
            "sys_chroot",
            "sys_ptrace",
            "sys_pacct",
            "sys_admin",
            "sys_boot",
            "sys_nice",
            "sys_resource",
            "sys_time",
            "sys_tty_config",
            "mknod",
            "lease",
            "audit_write",
            "audit_control",
            "setfcap",
            "mac_override",
            "mac_admin",
            "syslog",
            "wake_alarm",
            "block_suspend",
            "audit_read",
            "perfmon",
            "bpf",
            "checkpoint_restore");

    /** What a file has on the machine, and which line saw to it. */
    private static final class Restored {
        private long owner;
        private long group;
        private int mode;
        private String ownerPlace = "";
        private String modePlace = "";
        private final Map<String, String> attributes = new HashMap<>();

        Restored(ImageTree.Node node) {
            this.mode = node.isDirectory() ? BURNED_DIRECTORY : node.entry().mode();
        }
    }

    private final ImageTree tree;
    private final Map<ImageTree.Node, Restored> restored = new HashMap<>();

    private BurnLosses(ImageTree tree) {
        this.tree = tree;
    }

    /** The most bytes that the file at {@code path} may have, if its content is needed for {@link #of}; else 0. */
    static int largest(String path) {
        if (path.equals("etc/passwd") || path.equals("etc/group")) {
            return LARGEST_ACCOUNTS;
        }
        return isDropIn(path) ? DropIns.LARGEST : 0;
    }

    private static boolean isDropIn(String path) {
        return TemporaryFiles.needs(path) || DropIns.includes(path, SYSCTL);
    }

    /** The number of a line of the file at {@code path} that is longer than any that is needed for {@link #of}. */
    static Optional<Integer> longLine(String path, byte[] content) {
        return isDropIn(path) ? DropIns.longLine(content) : Optional.empty();
    }

    /** All losses, sorted by path. */
    static List<Loss> of(ImageTree tree) {
        BurnLosses losses = new BurnLosses(tree);
        if (tree.open("usr/bin/systemd-tmpfiles").filter(ImageTree.Node::isFile).isPresent()) {
            TemporaryFiles.apply(tree, accounts(tree, "etc/passwd"), accounts(tree, "etc/group"), losses);
        }
        losses.install("var/tmp", 01777);
        losses.install("etc/hosts", 0644);
        return losses.list();
    }

    private static Accounts accounts(ImageTree tree, String path) {
        return new Accounts(tree.open(path).map(ImageTree.Node::content).orElse(new byte[0]));
    }

    private void install(String path, int mode) {
        if (tree.find(path).isPresent()) {
            mode(path, mode, THE_INSTALLER);
        }
    }

    private List<Loss> list() {
        Optional<String> pingIsFree = pingIsFree();
        List<Loss> losses = new ArrayList<>();
        tree.all().forEach((path, node) -> {
            boolean firstName = path.equals(node.entry().path());
            if (firstName && !node.isSymbolicLink() && !MOUNT_POINTS.contains(path.split("/", 2)[0])) {
                addLosses(path, node, pingIsFree, losses);
            }
        });
        losses.sort(Comparator.comparing(Loss::path));
        return losses;
    }

    private void addLosses(String path, ImageTree.Node node, Optional<String> pingIsFree, List<Loss> losses) {
        TarEntry entry = node.entry();
        Restored now = restored.getOrDefault(node, new Restored(node));
        if (entry.owner() != 0 || entry.group() != 0) {
            boolean back = now.owner == entry.owner() && now.group == entry.group();
            losses.add(new Loss(
                    "/" + path,
                    Loss.Aspect.OWNER,
                    entry.owner() + ":" + entry.group(),
                    "0:0",
                    back ? Optional.of(now.ownerPlace) : Optional.empty()));
        }
        int burned = new Restored(node).mode;
        if (burned != entry.mode()) {
            losses.add(new Loss(
                    "/" + path,
                    Loss.Aspect.MODE,
                    octal(entry.mode()),
                    octal(burned),
                    now.mode == entry.mode() ? Optional.of(now.modePlace) : Optional.empty()));
        }
        entry.attributes().forEach((name, value) -> {
            if (name.equals(CAPABILITY)) {
                losses.add(new Loss(
                        "/" + path,
                        Loss.Aspect.CAPABILITY,
                        capabilities(value),
                        "",
                        path.endsWith("bin/ping") ? pingIsFree : Optional.empty()));
            } else {
                String known = name.startsWith(ACCESS_LIST) ? "" : name;
                losses.add(new Loss(
                        "/" + path,
                        Loss.Aspect.ATTRIBUTE,
                        name + "=" + HexFormat.of().formatHex(value, 0, Math.min(value.length, 64)),
                        "",
                        Optional.ofNullable(now.attributes.get(known))));
            }
        });
    }

    private Optional<String> pingIsFree() {
        return DropIns.lines(tree, SYSCTL).stream()
                .filter(line -> PING_SETTING.matcher(line.text()).matches())
                .reduce((earlier, later) -> later)
                .filter(line -> ALL_MAY_PING.matcher(line.text()).matches())
                .map(DropIns.Line::place);
    }

    /** As getcap(8) prints them: {@code cap_net_raw=ep}. The form is {@code struct vfs_cap_data} of linux/capability.h. */
    private static String capabilities(byte[] value) {
        if (value.length < 12) {
            return "malformed";
        }
        ByteBuffer words = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        boolean effective = (words.getInt(0) & 1) != 0;
        long permitted = Integer.toUnsignedLong(words.getInt(4));
        long inheritable = Integer.toUnsignedLong(words.getInt(8));
        if (value.length >= 20) {
            permitted |= (long) words.getInt(12) << 32;
            inheritable |= (long) words.getInt(16) << 32;
        }
        List<String> names = new ArrayList<>();
        for (int number = 0; number < Long.SIZE; number++) {
            if (((permitted | inheritable) >>> number & 1) != 0) {
                names.add("cap_" + (number < CAPABILITIES.size() ? CAPABILITIES.get(number) : "" + number));
            }
        }
        return String.join(",", names) + "=" + (effective ? "e" : "") + (inheritable != 0 ? "i" : "")
                + (permitted != 0 ? "p" : "");
    }

    private static String octal(int mode) {
        return "%04o".formatted(mode);
    }

    private Optional<Restored> touched(String path) {
        return tree.find(path).map(node -> restored.computeIfAbsent(node, Restored::new));
    }

    @Override
    public void owner(String path, long owner, String place) {
        touched(path).ifPresent(file -> {
            file.owner = owner;
            file.ownerPlace = place;
        });
    }

    @Override
    public void group(String path, long group, String place) {
        touched(path).ifPresent(file -> {
            file.group = group;
            file.ownerPlace = place;
        });
    }

    @Override
    public void mode(String path, int mode, String place) {
        touched(path).ifPresent(file -> {
            file.mode = mode;
            file.modePlace = place;
        });
    }

    @Override
    public int mode(String path) {
        return touched(path).map(file -> file.mode).orElse(0);
    }

    @Override
    public void attribute(String path, String name, String place) {
        boolean matters = tree.find(path).stream()
                .flatMap(node -> node.entry().attributes().keySet().stream())
                .anyMatch(lost -> name.isEmpty() ? lost.startsWith(ACCESS_LIST) : lost.equals(name));
        if (matters) {
            touched(path).ifPresent(file -> file.attributes.put(name, place));
        }
    }
}
