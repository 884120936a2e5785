package io.metalimages.store.object.s3;

import io.metalimages.common.FaultException;
import io.metalimages.http.Proxies;
import io.metalimages.store.object.BucketUrl;
import io.metalimages.store.object.ObjectStore;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
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
public final class S3Location {

    private static final int PART_BYTES = 16 << 20;

    /** The server is silent while it copies, so not as much as S3 allows. */
    private static final long MOST_COPIED = 1L << 30;

    private static final URI AMAZON = URI.create("https://s3.amazonaws.com");
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(30);
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private static final BucketUrl.Rules RULES = new BucketUrl.Rules(
            // docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
            Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
            List.of("endpoint", "path-style", "region", "conditional-writes"),
            "Write s3://BUCKET/PREFIX, or, for another server than Amazon's, s3://BUCKET/PREFIX?endpoint=https://HOST",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or have them in ~/.aws/credentials.");

    private S3Location() {}

    /**
     * Opens the store that a URL names.
     *
     * @throws FaultException if the URL has another form
     */
    public static ObjectStore open(URI uri) {
        return open(uri, PART_BYTES, MOST_COPIED);
    }

    public static S3Store open(URI uri, int partBytes, long mostCopied) {
        BucketUrl url = BucketUrl.parse(uri, RULES);
        Optional<URI> endpoint = url.endpoint();
        S3Acceptance acceptance = new S3Acceptance();
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(LONGEST_CONNECTING)
                        .socketTimeout(LONGEST_SILENCE)
                        .proxyConfiguration(proxy(endpoint.orElse(AMAZON))))
                .region(region(url.option("region"), endpoint.isPresent()))
                // The JDK's HttpURLConnection does not take a refusal instead of "100 Continue" well.
                // Without chunks an empty object is a request without a body: a server that refuses it before it has
                // read
                // the body may cut the connection before the client has read the refusal.
                .serviceConfiguration(
                        service -> service.expectContinueEnabled(false).chunkedEncodingEnabled(false))
                .forcePathStyle(url.flag("path-style").orElse(false))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(configuration -> configuration
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        .addExecutionInterceptor(acceptance)
                        // The JDK's HttpURLConnection does not notice that a server gave up a connection that was kept.
                        .putHeader("Connection", "close"));
        endpoint.ifPresent(builder::endpointOverride);
        S3Bucket bucket = new S3Bucket(url.name(), url.prefix(), url.address(endpoint), url.flag("conditional-writes"));
        return new S3Store(builder.build(), acceptance, bucket, partBytes, mostCopied);
    }

    /** The same rule as for all other connections, instead of the library's own. */
    private static ProxyConfiguration proxy(URI server) {
        ProxyConfiguration.Builder configuration =
                ProxyConfiguration.builder().useSystemPropertyValues(false).useEnvironmentVariablesValues(false);
        Proxies.of(System.getenv()).find(server).ifPresent(proxy -> {
            configuration.endpoint(Proxies.withoutUser(proxy));
            Proxies.user(proxy)
                    .ifPresent(user -> configuration.username(user.name()).password(user.password()));
        });
        return configuration.build();
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
