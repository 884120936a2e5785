package io.metalimages.store;

import io.metalimages.engine.FaultException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * Opens {@code s3://BUCKET/PREFIX?endpoint=URL&path-style=true&region=NAME&conditional-writes=true}. Credentials come
 * from where all programs that use Amazon's library look for them: the environment, {@code ~/.aws}, the machine's role.
 */
final class S3Location {

    private static final int PART_BYTES = 16 << 20;
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(30);
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);
    private static final String FORM =
            "Write s3://BUCKET/PREFIX, or, for another server than Amazon's, s3://BUCKET/PREFIX?endpoint=https://HOST";

    /** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. */
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    private static final List<String> OPTIONS = List.of("endpoint", "path-style", "region", "conditional-writes");

    private S3Location() {}

    /** @throws FaultException if the URL has another form */
    static ObjectStore open(URI uri) {
        return open(uri, PART_BYTES);
    }

    static S3Store open(URI uri, int partBytes) {
        String name = Optional.ofNullable(uri.getAuthority()).orElse("");
        if (name.contains("@")) {
            throw FaultException.wrongInput(
                    "The URL of a bucket holds no credentials.",
                    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or have them in ~/.aws/credentials.");
        }
        if (!BUCKET.matcher(name).matches() || uri.getFragment() != null) {
            throw FaultException.wrongInput("\"" + name + "\" is not the name of a bucket.", FORM);
        }
        String path = Optional.ofNullable(uri.getPath()).orElse("").replaceAll("^/+|/+$", "");
        String prefix = path.isEmpty() ? "" : new ObjectKey(path) + "/";
        Map<String, String> options = options(uri);
        Optional<URI> endpoint = Optional.ofNullable(options.get("endpoint")).map(S3Location::endpoint);

        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(LONGEST_CONNECTING)
                        .socketTimeout(LONGEST_SILENCE))
                .region(region(Optional.ofNullable(options.get("region")), endpoint.isPresent()))
                // The JDK's HttpURLConnection does not take a refusal instead of "100 Continue" well.
                .serviceConfiguration(service -> service.expectContinueEnabled(false))
                .forcePathStyle(flag(options, "path-style").orElse(false))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(configuration -> configuration
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        // The JDK's HttpURLConnection does not notice that a server gave up a connection that was kept.
                        .putHeader("Connection", "close"));
        endpoint.ifPresent(builder::endpointOverride);
        String address = "s3://" + name + "/" + prefix
                + endpoint.map(server -> " at " + server).orElse("");
        return new S3Store(
                builder.build(), new S3Bucket(name, prefix, address, flag(options, "conditional-writes")), partBytes);
    }

    private static Map<String, String> options(URI uri) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : Optional.ofNullable(uri.getRawQuery()).orElse("").split("&")) {
            if (option.isEmpty()) {
                continue;
            }
            int equals = option.indexOf('=');
            String name = equals < 0 ? option : option.substring(0, equals);
            if (equals < 0 || !OPTIONS.contains(name)) {
                throw FaultException.wrongInput(
                        "There is no option \"" + ObjectKey.shown(name) + "\" of a bucket's URL that has a value.",
                        "There are " + String.join("=…, ", OPTIONS) + "=…");
            }
            options.put(name, URLDecoder.decode(option.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return options;
    }

    private static Optional<Boolean> flag(Map<String, String> options, String name) {
        return Optional.ofNullable(options.get(name)).map(value -> switch (value) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw FaultException.wrongInput(
                        name + " is \"" + ObjectKey.shown(value) + "\", and neither true nor false.",
                        "Say " + name + "=true");
        });
    }

    private static URI endpoint(String text) {
        try {
            URI uri = URI.create(text);
            boolean isServer = List.of("http", "https")
                            .contains(Optional.ofNullable(uri.getScheme()).orElse(""))
                    && uri.getHost() != null;
            if (isServer && uri.getUserInfo() == null && uri.getQuery() == null && uri.getFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below, without the text: it may hold what is secret.
        }
        throw FaultException.wrongInput(
                "The endpoint is not the URL of a server.",
                "Write endpoint=https://HOST or endpoint=http://HOST:PORT, without user, password and options.");
    }

    private static Region region(Optional<String> option, boolean ownServer) {
        if (option.isPresent()) {
            if (!option.get().matches("[a-z0-9-]{1,63}")) {
                throw FaultException.wrongInput(
                        "The region is not the name of one.", "Write, for instance, region=eu-central-1");
            }
            return Region.of(option.get());
        }
        // The whole chain asks a service that only Amazon's machines have.
        AwsRegionProvider provider = ownServer
                ? new AwsRegionProviderChain(new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
                : DefaultAwsRegionProviderChain.builder().build();
        try {
            return provider.getRegion();
        } catch (SdkClientException e) {
            if (ownServer) {
                return Region.US_EAST_1; // what servers take that have no regions
            }
            throw FaultException.wrongInput(
                    "It is not known in which region the bucket is.", "Say region=NAME in the URL, or set AWS_REGION.");
        }
    }
}
