using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Sevensa.Dashboard.Features.Secrets.Probes;

/// <param name="Reached">Somebody answered.</param>
/// <param name="Passes">As the probe expects.</param>
/// <param name="Words">What happened, without the value and without what was answered but its status.</param>
internal sealed record ProbeTrial(bool Reached, bool Passes, string Words);

/// <summary>
/// Asks what a probe says, with a value in the request and nowhere else: no redirect is followed, no cookie or proxy is used,
/// nothing is logged, and of the answer the status alone is read.
/// </summary>
internal sealed class ProbeDoor : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            // Who is asked is not told which of our requests it is.
            ActivityHeadersPropagator = null,
        }
    )
    {
        Timeout = Longest,
    };

    public async Task<ProbeTrial> AskAsync(SecretProbe probe, string value, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, probe.Url);
        if (probe.User is { } user)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{value}"))
            );
        }
        else if (!value.All(letter => letter is >= ' ' and <= '~'))
        {
            return new ProbeTrial(
                true,
                false,
                $"The value has letters that no header takes, so {probe.Url} can't be asked with it."
            );
        }
        else
        {
            request.Headers.TryAddWithoutValidation(
                probe.Header!,
                probe.Scheme is { } scheme ? $"{scheme} {value}" : value
            );
        }
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)answer.StatusCode;
            return status == probe.Status
                ? new ProbeTrial(true, true, Text($"{probe.Url} answered {status}."))
                : new ProbeTrial(
                    // What is overloaded or down says nothing of the value.
                    status is < 500 and not 429,
                    false,
                    status is >= 300 and < 400
                        ? Text(
                            $"{probe.Url} answered {status}, a redirect, which is not followed; {probe.Status} was expected."
                        )
                        : Text($"{probe.Url} answered {status}, and {probe.Status} was expected.")
                );
        }
        catch (HttpRequestException exception)
        {
            return new ProbeTrial(false, false, $"{probe.Url} could not be asked: {exception.HttpRequestError}.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ProbeTrial(false, false, Text($"{probe.Url} did not answer within {Longest.TotalSeconds:0} s."));
        }
    }

    public void Dispose() => http.Dispose();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
