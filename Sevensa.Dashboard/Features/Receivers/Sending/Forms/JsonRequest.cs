using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>Requests with a body of JSON.</summary>
internal static class JsonRequest
{
    public static HttpRequestMessage Of(HttpMethod method, Uri url, JsonObject body) =>
        new(method, url)
        {
            Content = new StringContent(
                body.ToJsonString(),
                new MediaTypeHeaderValue(MediaTypeNames.Application.Json, "utf-8")
            ),
        };
}
