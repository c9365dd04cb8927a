using System.Net;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>What stands in front of a Vault: it lets everything through until it is told otherwise.</summary>
internal sealed class ProxyBefore
{
    /// <summary>The page that every proxy has for what it can't reach or does not know.</summary>
    public const string Page = "404 page not found";

    /// <summary>The status with which it answers by itself; null to let a request through.</summary>
    public Func<HttpRequestMessage, int?> Answers { get; set; } = _ => null;

    /// <summary>Whether an answer is lost on its way back, though the request was done.</summary>
    public Func<HttpRequestMessage, bool> Loses { get; set; } = _ => false;

    internal sealed class Handler(ProxyBefore proxy, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            if (proxy.Answers(request) is { } status)
            {
                return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(Page) };
            }
            var answer = await base.SendAsync(request, cancellationToken);
            return proxy.Loses(request)
                ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.")
                : answer;
        }
    }
}
