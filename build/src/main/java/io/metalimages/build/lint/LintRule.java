package io.metalimages.build.lint;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is looked for. The names are part of {@code # check=skip=…} directives and never change. */
public enum LintRule {
    STAGE_NAME_CASING("StageNameCasing", "Stage names should be lowercase"),
    FROM_AS_CASING("FromAsCasing", "The 'as' keyword should match the case of the 'from' keyword"),
    NO_EMPTY_CONTINUATION("NoEmptyContinuation", "Empty continuation lines will become errors in a future release"),
    CONSISTENT_INSTRUCTION_CASING(
            "ConsistentInstructionCasing",
            "All commands within the Dockerfile should use the same casing (either upper or lower)"),
    RESERVED_STAGE_NAME("ReservedStageName", "Reserved words should not be used as stage names"),
    JSON_ARGS_RECOMMENDED(
            "JSONArgsRecommended",
            "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals"),
    MAINTAINER_DEPRECATED(
            "MaintainerDeprecated",
            "The MAINTAINER instruction is deprecated, use a label instead to define an image author"),
    UNDEFINED_ARG_IN_FROM("UndefinedArgInFrom", "FROM command must use declared ARGs"),
    UNDEFINED_VAR("UndefinedVar", "Variables should be defined before their use"),
    WORKDIR_RELATIVE_PATH(
            "WorkdirRelativePath",
            "Relative workdir without an absolute workdir declared within the build can have unexpected results if the"
                    + " base image changes"),
    INVALID_DEFAULT_ARG_IN_FROM(
            "InvalidDefaultArgInFrom", "Default value for global ARG results in an empty or invalid base image name"),
    MULTIPLE_INSTRUCTIONS_DISALLOWED(
            "MultipleInstructionsDisallowed",
            "Multiple instructions of the same type should not be used in the same stage"),
    SECRETS_USED_IN_ARG_OR_ENV("SecretsUsedInArgOrEnv", "Sensitive data should not be used in the ARG or ENV commands"),
    LEGACY_KEY_VALUE_FORMAT(
            "LegacyKeyValueFormat", "Legacy key/value format with whitespace separator should not be used"),
    REDUNDANT_TARGET_PLATFORM(
            "RedundantTargetPlatform",
            "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior"),
    FROM_PLATFORM_FLAG_CONST_DISALLOWED(
            "FromPlatformFlagConstDisallowed", "FROM --platform flag should not use a constant value"),
    COPY_IGNORED_FILE("CopyIgnoredFile", "Attempting to Copy file that is excluded by .dockerignore"),
    INVALID_DEFINITION_DESCRIPTION(
            "InvalidDefinitionDescription",
            "Comment for build stage or argument should follow the format: `# <arg/stage name> <description>`"),
    EXPOSE_PROTO_CASING("ExposeProtoCasing", "Protocol in EXPOSE instruction should be lowercase"),
    EXPOSE_INVALID_FORMAT(
            "ExposeInvalidFormat", "IP address and host-port mapping should not be used in EXPOSE instruction"),

    KERNEL_WITHOUT_INITRAMFS(
            "KernelWithoutInitramfs", "A machine's kernel needs an initramfs, or it finds no disk to start from"),
    SERVICE_WITHOUT_PACKAGE(
            "ServiceWithoutPackage", "A service that is enabled should be brought by a package or a file"),
    UNPINNED_SIGNING_KEY(
            "UnpinnedSigningKey",
            "The key of an archive of others should be compared with a checksum or a fingerprint: who can change it on"
                    + " the way gets root on every machine"),
    PACKAGE_CACHE_LEFT("PackageCacheLeft", "What package managers cache should not be part of an image");

    private static final String BUILD_CHECKS = "https://docs.docker.com/reference/build-checks/";

    private final String id;
    private final String description;

    LintRule(String id, String description) {
        this.id = id;
        this.description = description;
    }

    /** The name in messages and directives: {@code StageNameCasing}. */
    public String id() {
        return id;
    }

    /** What is wanted, as one sentence. */
    public String description() {
        return description;
    }

    /** Whether it is only looked for when a directive asks for it. */
    public boolean experimental() {
        return this == INVALID_DEFINITION_DESCRIPTION;
    }

    /** Whether the rule is ours, not one of BuildKit. */
    private boolean isForMachines() {
        return compareTo(KERNEL_WITHOUT_INITRAMFS) >= 0;
    }

    /** Where the rule is explained; empty for our own, which {@code docs/dockerfile.md} explains. */
    public Optional<String> address() {
        if (isForMachines()) {
            return Optional.empty();
        }
        String words = Arrays.stream(name().split("_"))
                .map(word -> word.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining("-"));
        return Optional.of(BUILD_CHECKS + words + "/");
    }
}
