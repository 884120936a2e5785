package io.metalimages.cli;

import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.Loss;
import io.metalimages.artifact.diff.FileChange;
import io.metalimages.artifact.diff.ImageDifference;
import io.metalimages.artifact.diff.ImageFile;
import io.metalimages.artifact.diff.PackageChanges;
import io.metalimages.artifact.export.Artifact;
import io.metalimages.common.Digest;
import io.metalimages.metalapi.Feature;
import io.metalimages.metalapi.ImageEntry;
import io.metalimages.pipeline.StepLedger;
import io.metalimages.pipeline.cache.CacheEntry;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import io.metalimages.rack.checks.TestReport;
import io.metalimages.registry.Descriptor;
import io.metalimages.registry.PushedImage;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.PublishedImage;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.channel.ReleaseNotes;
import io.metalimages.store.retention.PrunePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a command has to tell, for programs. Sizes are in bytes, times in seconds, shares between 0 and 1; categories of
 * errors are the names of {@link io.metalimages.common.FaultException.Category}. Members may be added, none is renamed.
 */
final class JsonText {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonText() {}

    static String of(Map<String, Object> members) {
        return JSON.writeValueAsString(members);
    }

    static Map<String, Object> image(ImageResult image) throws IOException {
        Artifact artifact = image.artifact();
        List<Map<String, Object>> files = new ArrayList<>();
        for (Path file : image.files()) {
            files.add(file(file, artifact));
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", image.name());
        members.put("files", files);
        members.put("tarBytes", artifact.tarBytes());
        members.put("entries", artifact.entries());
        members.put("epoch", image.image().date().getEpochSecond());
        members.put("upToDate", image.image().upToDate());
        members.put("seconds", times(image));
        members.put("steps", image.image().steps().stream().map(JsonText::step).toList());
        members.put("cache", cache(image));
        members.put("check", check(artifact.check()));
        members.put("notes", artifact.notes());
        return members;
    }

    private static Map<String, Object> times(ImageResult image) {
        Map<String, Object> members = pair(
                "build",
                seconds(image.image().build()),
                "export",
                seconds(image.image().export()));
        members.put("check", seconds(image.artifact().checking()));
        return members;
    }

    static Map<String, Object> check(CheckedImage check) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", check.name());
        members.put("tarball", check.tarball().toString());
        members.put("seconds", seconds(check.duration()));
        members.put("entries", check.report().entries());
        members.put("tarBytes", check.report().tarBytes());
        members.putAll(check(check.report()));
        return members;
    }

    static Map<String, Object> publication(PublishResult publication) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", publication.store());
        members.put("channel", publication.channel().path());
        members.put("dryRun", publication.dryRun());
        members.put(
                "published",
                publication.images().stream().map(JsonText::published).toList());
        return members;
    }

    private static Map<String, Object> published(Publisher.Published published) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", published.image().name().toString());
        members.put("outcome", published.outcome().name());
        members.put("tested", published.image().tested());
        members.put("sentBytes", published.sentBytes());
        List<Map<String, Object>> files = new ArrayList<>();
        for (PublishedImage.PublishedFile file : published.image().files()) {
            Map<String, Object> member = new LinkedHashMap<>();
            member.put("name", file.name());
            member.put("bytes", file.fingerprint().bytes());
            member.put("md5", file.fingerprint().md5());
            member.put("sha256", file.fingerprint().sha256().hex());
            member.put("key", file.key().value());
            files.add(member);
        }
        members.put("files", files);
        return members;
    }

    static Map<String, Object> registration(RegisterResult registration) {
        ImageEntry entry = registration.entry();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("api", registration.api());
        members.put("dryRun", registration.dryRun());
        members.put("id", entry.id().toString());
        members.put("outcome", registration.outcome().name());
        members.put("name", entry.name());
        members.put("description", entry.description());
        members.put("url", entry.url().toString());
        members.put(
                "features",
                entry.features().stream().sorted().map(Feature::word).toList());
        registration.classification().ifPresent(classification -> members.put("classification", classification.word()));
        registration.expires().ifPresent(expires -> members.put("expires", expires.toString()));
        Map<String, Object> mostRecent = new LinkedHashMap<>();
        mostRecent.put("asked", registration.asked().toString());
        registration.mostRecent().ifPresent(id -> mostRecent.put("id", id));
        members.put("mostRecent", mostRecent);
        return members;
    }

    static Map<String, Object> release(ReleaseResult result) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", result.store());
        members.put("release", result.release().channel().path());
        members.put("dryRun", result.dryRun());
        members.put("begun", result.release().begun());
        ReleaseNotes notes = result.release().notes();
        notes.previous().ifPresent(previous -> members.put("previous", previous.path()));
        members.put(
                "images",
                notes.images().stream().map(image -> released(result, image)).toList());
        members.put("gone", notes.gone().stream().map(ImageName::toString).toList());
        List<Map<String, Object>> tags = new ArrayList<>();
        for (ReleaseTags.TaggedImage image : result.tagged()) {
            tags.add(pair("reference", image.reference().toString(), "tags", image.tags()));
        }
        members.put("tagged", tags);
        members.put("notes", result.markdown());
        return members;
    }

    private static Map<String, Object> released(ReleaseResult result, ReleaseNotes.ImageNotes notes) {
        PublishedImage image = notes.image();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", image.name().toString());
        members.put(
                "url",
                result.base() + "/metal-os/" + result.release().channel().path() + "/" + image.name() + "/"
                        + image.files().getFirst().name());
        members.put("tested", image.tested());
        members.put("sha256", image.files().getFirst().fingerprint().sha256().hex());
        switch (notes.change()) {
            case ReleaseNotes.Change.New() -> members.put("change", "NEW");
            case ReleaseNotes.Change.None() -> members.put("change", "NONE");
            case ReleaseNotes.Change.Unknown(String reason) -> {
                members.put("change", "UNKNOWN");
                members.put("reason", reason);
            }
            case ReleaseNotes.Change.Other(PackageChanges packages, ReleaseNotes.SecurityChanges security) -> {
                members.put("change", "OTHER");
                members.put("added", packages.added());
                members.put("removed", packages.removed());
                members.put("changed", packages.changed());
                if (security instanceof ReleaseNotes.SecurityChanges.Known(List<ReleaseNotes.SecurityChange> changes)) {
                    members.put("security", changes);
                }
            }
        }
        return members;
    }

    static Map<String, Object> pruning(PruneResult result) {
        PrunePlan plan = result.plan();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", result.store());
        members.put("done", result.deleted().isPresent());
        members.put("going", plan.going().stream().map(JsonText::judged).toList());
        members.put("kept", plan.kept().stream().map(JsonText::judged).toList());
        members.put("unneeded", contents(plan.unneeded()));
        members.put("ripe", contents(plan.ripe()));
        members.put(
                "restorable",
                plan.restorable().stream()
                        .map(image -> pair(
                                "channel",
                                image.channel().path(),
                                "image",
                                image.image().name().toString()))
                        .toList());
        result.deleted().ifPresent(deleted -> members.put("deleted", contents(deleted)));
        return members;
    }

    private static Map<String, Object> judged(PrunePlan.Judged judged) {
        Map<String, Object> members = pair(
                "channel",
                judged.channel().path(),
                "image",
                judged.image().name().toString());
        members.put("bytes", judged.bytes());
        members.put("reason", judged.reason());
        return members;
    }

    private static Map<String, Object> contents(PrunePlan.Contents contents) {
        return pair("number", contents.number(), "bytes", contents.bytes());
    }

    static Map<String, Object> restoration(RestoreResult result) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("store", result.store());
        members.put("channel", result.channel().path());
        members.put(
                "restored",
                result.images().stream().map(image -> image.name().toString()).toList());
        return members;
    }

    private static Map<String, Object> check(CheckReport report) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("errors", report.errors().size());
        members.put("warnings", report.warnings().size());
        members.put(
                "findings", report.findings().stream().map(JsonText::finding).toList());
        members.put("losses", report.losses().stream().map(JsonText::loss).toList());
        return members;
    }

    static Map<String, Object> test(TestResult test) {
        TestReport report = test.report();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", report.image());
        members.put("passed", report.passed());
        members.put("started", report.started().toString());
        members.put("acceleration", report.acceleration());
        members.put("leftOut", report.leftOut());
        members.put("phases", report.phases().stream().map(JsonText::phase).toList());
        members.put("console", test.console().toString());
        test.journal().ifPresent(journal -> members.put("journal", journal.toString()));
        members.put("junit", test.junit().toString());
        return members;
    }

    static Map<String, Object> push(PushResult push) {
        PushedImage image = push.image();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", push.name());
        members.put("registry", image.name().registry());
        members.put("repository", image.name().repository());
        members.put("tags", image.tags());
        members.put("digest", Descriptor.written(image.manifest().digest()));
        members.put("reference", image.name().toString());
        Map<String, Object> layer = new LinkedHashMap<>();
        layer.put("digest", Descriptor.written(image.layer().descriptor().digest()));
        layer.put("bytes", image.layer().descriptor().size());
        layer.put("tarDigest", Descriptor.written(image.layer().plainDigest()));
        layer.put("tarBytes", image.layer().plainSize());
        layer.put("sent", !image.layerWasThere());
        members.put("layer", layer);
        List<Map<String, Object>> referrers = new ArrayList<>();
        for (int index = 0; index < image.referrers().size(); index++) {
            Map<String, Object> referrer = new LinkedHashMap<>();
            referrer.put("file", push.attachments().get(index).file().toString());
            referrer.put("type", push.attachments().get(index).type());
            referrer.put(
                    "digest", Descriptor.written(image.referrers().get(index).digest()));
            referrers.add(referrer);
        }
        members.put("referrers", referrers);
        members.put("seconds", pair("layer", seconds(push.making()), "registry", seconds(push.sending())));
        return members;
    }

    static Map<String, Object> difference(DiffResult result) {
        ImageDifference difference = result.difference();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("older", result.older());
        members.put("newer", result.newer());
        members.put("differs", !difference.isEmpty());
        difference.packages().ifPresent(changes -> members.put("packages", packages(changes)));
        ImageDifference.Growth total = difference.total();
        members.put("bytes", pair("older", total.older(), "newer", total.newer()));
        members.put(
                "directories",
                difference.growth(result.extent().depth()).stream()
                        .map(JsonText::growth)
                        .toList());
        members.put("added", files(difference.added()));
        members.put("removed", files(difference.removed()));
        Map<String, Object> changed = new LinkedHashMap<>();
        difference.changed().forEach((path, change) -> changed.put("/" + path, change(change)));
        members.put("changed", changed);
        return members;
    }

    private static Map<String, Object> packages(PackageChanges changes) {
        Map<String, Object> members = pair("added", changes.added(), "removed", changes.removed());
        Map<String, Object> changed = new LinkedHashMap<>();
        changes.changed().forEach((name, change) -> changed.put(name, pair("from", change.from(), "to", change.to())));
        members.put("changed", changed);
        return members;
    }

    private static Map<String, Object> growth(ImageDifference.Growth growth) {
        Map<String, Object> members = pair("older", growth.older(), "newer", growth.newer());
        members.put("directory", "/" + growth.directory());
        return members;
    }

    private static Map<String, Object> files(Map<String, ImageFile> files) {
        Map<String, Object> members = new LinkedHashMap<>();
        files.forEach((path, file) -> members.put("/" + path, file(file)));
        return members;
    }

    private static Map<String, Object> change(FileChange change) {
        Map<String, Object> members = pair("older", file(change.older()), "newer", file(change.newer()));
        members.put(
                "aspects",
                change.aspects().stream().map(FileChange.Aspect::name).toList());
        return members;
    }

    private static Map<String, Object> file(ImageFile file) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", file.kind().name());
        members.put("mode", "%04o".formatted(file.mode()));
        members.put("owner", file.owner());
        members.put("group", file.group());
        members.put("modified", file.modified());
        members.put("bytes", file.bytes());
        file.content().ifPresent(digest -> members.put("sha256", digest.hex()));
        if (!file.target().isEmpty()) {
            members.put("target", file.target());
        }
        if (!file.attributes().isEmpty()) {
            members.put("attributes", file.attributes());
        }
        return members;
    }

    private static Map<String, Object> phase(TestReport.Phase phase) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", phase.name());
        members.put("passed", phase.passed());
        members.put("seconds", seconds(phase.duration()));
        phase.failure().ifPresent(failure -> members.put("failure", failure));
        members.put("checks", phase.checks().stream().map(JsonText::check).toList());
        if (!phase.scores().isEmpty()) {
            members.put("scores", phase.scores().stream().map(JsonText::score).toList());
        }
        return members;
    }

    private static Map<String, Object> score(Score score) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", score.name());
        members.put("value", score.value());
        members.put("of", score.most());
        return members;
    }

    private static Map<String, Object> check(CheckResult check) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", check.name());
        members.put("resource", check.resource());
        members.put("property", check.property());
        members.put("outcome", check.outcome().name());
        check.expected().ifPresent(expected -> members.put("expected", expected));
        check.found().ifPresent(found -> members.put("found", found));
        check.message().ifPresent(message -> members.put("message", message));
        members.put("seconds", seconds(check.duration()));
        return members;
    }

    private static Map<String, Object> finding(Finding finding) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("code", finding.code().id());
        members.put("title", finding.code().title());
        members.put("severity", finding.code().severity().name());
        members.put("path", finding.path());
        members.put("detail", finding.detail());
        members.put("meaning", finding.code().meaning());
        members.put("remedy", finding.code().remedy());
        return members;
    }

    private static Map<String, Object> loss(Loss loss) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", loss.path());
        members.put("aspect", loss.aspect().name());
        members.put("value", loss.value());
        members.put("burned", loss.burned());
        loss.restoredBy().ifPresent(place -> members.put("restoredBy", place));
        return members;
    }

    private static Map<String, Object> file(Path file, Artifact artifact) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", file.toString());
        members.put("bytes", Files.size(file));
        if (file.equals(artifact.tarball())) {
            members.put("md5", artifact.md5());
            members.put("sha256", artifact.sha256());
        } else {
            members.put("sha256", Digest.ofFile(file).hex());
        }
        return members;
    }

    private static Map<String, Object> step(StepLedger.Entry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("number", entry.step().number());
        members.put("name", entry.step().name());
        members.put("location", entry.step().location());
        members.put("cached", entry.isCached());
        entry.ran().ifPresent(duration -> members.put("seconds", seconds(duration)));
        return members;
    }

    private static Map<String, Object> cache(ImageResult image) {
        Artifact artifact = image.artifact();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("steps", portion(image.cachedSteps(), image.image().steps().size()));
        members.put("blocks", portion(artifact.blocksFromCache(), artifact.blocks()));
        return members;
    }

    private static Map<String, Object> portion(long cached, long all) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("cached", cached);
        members.put("all", all);
        members.put("share", all == 0 ? 0.0 : Math.round(1000.0 * cached / all) / 1000.0);
        return members;
    }

    static Map<String, Object> cacheEntry(CacheEntry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", entry.kind().name());
        members.put("id", entry.id());
        members.put("name", entry.name());
        entry.parent().ifPresent(parent -> members.put("parent", parent));
        members.put("used", entry.used().toString());
        members.put("bytes", entry.bytes());
        entry.useless().ifPresent(reason -> members.put("useless", reason));
        return members;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    static Map<String, Object> problem(Problem problem) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("category", problem.category().name());
        members.put("exitCode", problem.exitCode());
        members.put("message", problem.message());
        problem.location()
                .ifPresent(location ->
                        members.put("location", pair("file", location.file(), "line", location.firstLine())));
        problem.remedy().ifPresent(remedy -> members.put("remedy", remedy));
        problem.log().ifPresent(log -> members.put("log", log.toString()));
        if (!problem.lastLines().isEmpty()) {
            members.put("lastLines", problem.lastLines());
        }
        return members;
    }

    private static Map<String, Object> pair(String name, Object value, String otherName, Object otherValue) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(name, value);
        members.put(otherName, otherValue);
        return members;
    }
}
