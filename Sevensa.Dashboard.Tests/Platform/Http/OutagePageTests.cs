using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public class OutagePageTests
{
    [Theory]
    [InlineData("", "href=\"/dist/app.css\"")]
    [InlineData("/console", "href=\"/console/dist/app.css\"")]
    public async Task Its_style_is_below_the_path_that_everything_is_below(string pathBase, string link)
    {
        var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
            Request = { Method = "GET", PathBase = pathBase },
            Response = { Body = body },
        };
        var fault = StoreFault.In(new Microsoft.Data.Sqlite.SqliteException("database is locked", 5));
        Assert.NotNull(fault);
        Assert.True(await OutagePage.WriteAsync(context, fault));
        Assert.Contains(link, Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
    }
}
