package io.metalimages.build.lint;

import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** What keeps an image of a machine from working, or makes it larger or less safe than it seems. */
final class MachineRules {

    private static final Pattern KERNEL = Pattern.compile(
            "linux-(?:image-.+|generic.*|virtual.*|aws.*|azure.*|gcp.*|kvm.*|oracle.*)(?:=.*)?|.*/?linux-image-.*\\.deb");
    private static final Pattern INITRAMFS =
            Pattern.compile("initramfs-tools|mkinitramfs|update-initramfs|dracut|booster|mkinitcpio");
    private static final Pattern MAKES_INITRAMFS =
            Pattern.compile("update-initramfs|mkinitramfs|dracut\\s|booster build|mkinitcpio");
    private static final Pattern NO_INITRAMFS = Pattern.compile("\\bINITRD=(?:No|no|0)\\b");
    private static final Pattern KEY_ADDRESS =
            Pattern.compile("https?://\\S*(?:gpg|\\.asc|\\.pgp|\\.pub|\\.key|/keys?\\b|KEY|keyring)\\S*");
    private static final Pattern TRUSTS = Pattern.compile(
            "apt-key add|gpg2? .*--(?:dearmor|import)|keyrings?/|trusted\\.gpg|rpm(?:keys)? .*--import");
    private static final Pattern PINNED = Pattern.compile(
            "[0-9A-Fa-f]{40}|(?:[0-9A-Fa-f]{4}\\s+){9}[0-9A-Fa-f]{4}|sha(?:256|384|512)sum\\s+(?:\\S+\\s+)*(?:-c|--check)"
                    + "|gpgv |--verify");
    private static final Pattern KEY_FILE =
            Pattern.compile("https?://.*(?:gpg|\\.asc|\\.pgp|\\.pub|\\.key)(?:[?#].*)?");
    private static final Pattern SHORT_KEY = Pattern.compile("--recv(?:-keys)?\\s+(?:0x)?[0-9A-Fa-f]{8,16}\\b");

    private final Dockerfile dockerfile;
    private final GlobalArguments arguments;
    private final Findings findings;
    private final LintContext context;

    MachineRules(Dockerfile dockerfile, GlobalArguments arguments, LintContext context, Findings findings) {
        this.dockerfile = dockerfile;
        this.arguments = arguments;
        this.context = context;
        this.findings = findings;
    }

    /** What is in the last stage, which is the image, counts; and the stages that it starts from. */
    void check() {
        List<Instruction> instructions = new ArrayList<>();
        Stage first = dockerfile.stages().getLast();
        for (Optional<Stage> stage = Optional.of(first); stage.isPresent(); stage = arguments.parent(first)) {
            first = stage.get();
            instructions.addAll(0, first.instructions());
        }
        List<Instruction.Run> runs = instructions.stream()
                .filter(Instruction.Run.class::isInstance)
                .map(Instruction.Run.class::cast)
                .toList();
        caches(runs);
        kernel(runs);
        runs.forEach(this::key);
        instructions.stream()
                .filter(Instruction.Add.class::isInstance)
                .forEach(add -> fetchedKey((Instruction.Add) add));
        new ServiceRule(context.directory(), findings)
                .check(arguments.base(first).orElse(""), instructions);
    }

    private void caches(List<Instruction.Run> runs) {
        for (int index = 0; index < runs.size(); index++) {
            Instruction.Run run = runs.get(index);
            for (ShellCommand command : ShellCommand.in(ShellCommand.script(run.command()))) {
                Optional<PackageManager> manager = PackageManager.of(command);
                if (manager.isPresent()
                        && manager.get().fillsCache(command)
                        && !isMounted(manager.get(), run)
                        && !isEmptied(manager.get(), runs.subList(index, runs.size()))) {
                    findings.add(
                            LintRule.PACKAGE_CACHE_LEFT,
                            run,
                            "%s leaves what it has fetched in %s"
                                    .formatted(
                                            command.program(),
                                            manager.get().caches().getFirst()));
                }
            }
        }
    }

    private static boolean isMounted(PackageManager manager, Instruction.Run run) {
        return manager.caches().stream()
                .anyMatch(cache -> run.mounts().stream()
                        .filter(mount -> mount.contains("type=cache") || mount.contains("type=tmpfs"))
                        .anyMatch(mount -> Pattern.compile("(?:target|dst|destination)=([^,]+)")
                                .matcher(mount)
                                .results()
                                .anyMatch(target ->
                                        (cache + "/").startsWith(target.group(1).replaceAll("/+$", "") + "/"))));
    }

    private static boolean isEmptied(PackageManager manager, List<Instruction.Run> runs) {
        return runs.stream()
                .flatMap(run -> ShellCommand.in(ShellCommand.script(run.command())).stream())
                .anyMatch(command -> PackageManager.of(command)
                                .filter(manager::equals)
                                .filter(same -> same.emptiesCache(command))
                                .isPresent()
                        || (List.of("rm", "find").contains(command.program())
                                && command.words().stream()
                                        .anyMatch(word -> manager.caches().stream()
                                                .anyMatch(cache -> word.startsWith(cache) || isAbove(word, cache)))));
    }

    /** Whether {@code word} names a directory above {@code cache}, or everything in it. */
    private static boolean isAbove(String word, String cache) {
        return word.startsWith("/") && (cache + "/").startsWith(word.replaceFirst("/?\\*?$", "") + "/");
    }

    /**
     * What a kernel's package needs is no business of a Dockerfile, so long as recommended packages come along: then one of
     * them makes the initramfs.
     */
    private void kernel(List<Instruction.Run> runs) {
        List<String> scripts =
                runs.stream().map(run -> ShellCommand.script(run.command())).toList();
        boolean named =
                scripts.stream().anyMatch(script -> INITRAMFS.matcher(script).find());
        for (int index = 0; index < runs.size(); index++) {
            boolean suppressed = NO_INITRAMFS.matcher(scripts.get(index)).find();
            boolean made = scripts.subList(index, scripts.size()).stream()
                    .anyMatch(script -> MAKES_INITRAMFS.matcher(script).find());
            for (ShellCommand command : ShellCommand.in(scripts.get(index))) {
                Optional<String> kernel = kernel(command);
                boolean bare = command.program().startsWith("dpkg") || command.has("--no-install-recommends");
                if (kernel.isPresent() && (suppressed ? !made : bare && !named)) {
                    findings.add(
                            LintRule.KERNEL_WITHOUT_INITRAMFS,
                            runs.get(index),
                            suppressed
                                    ? "%s is installed with INITRD=No, and nothing makes its initramfs afterwards"
                                            .formatted(kernel.get())
                                    : "%s is installed, but nothing that makes its initramfs, such as initramfs-tools"
                                            .formatted(kernel.get()));
                }
            }
        }
    }

    private static Optional<String> kernel(ShellCommand command) {
        List<String> packages = PackageManager.of(command)
                .filter(PackageManager.APT::equals)
                .map(manager -> manager.installed(command))
                .orElseGet(() -> command.program().equals("dpkg") ? command.words() : List.of());
        return packages.stream().filter(name -> KERNEL.matcher(name).matches()).findFirst();
    }

    private void key(Instruction.Run run) {
        String script = ShellCommand.script(run.command());
        boolean fetched =
                KEY_ADDRESS.matcher(script).find() && TRUSTS.matcher(script).find();
        if (fetched && !PINNED.matcher(script).find()) {
            findings.add(
                    LintRule.UNPINNED_SIGNING_KEY,
                    run,
                    "A signing key is fetched and trusted whatever it is: compare it with a checksum or a fingerprint");
        } else if (SHORT_KEY.matcher(script).find()) {
            findings.add(
                    LintRule.UNPINNED_SIGNING_KEY,
                    run,
                    "A signing key is fetched by a short id, which others can have, too: give its whole fingerprint");
        }
    }

    private void fetchedKey(Instruction.Add add) {
        for (Transfer.Origin origin : add.transfer().sources()) {
            if (add.checksum().isEmpty()
                    && origin instanceof Transfer.Origin.Named(String word)
                    && KEY_FILE.matcher(word).matches()) {
                findings.add(
                        LintRule.UNPINNED_SIGNING_KEY,
                        add,
                        "The signing key %s is fetched without --checksum".formatted(word));
            }
        }
    }
}
