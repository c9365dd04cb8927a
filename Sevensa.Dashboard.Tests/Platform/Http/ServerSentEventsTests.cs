using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public sealed class ServerSentEventsTests
{
    [Fact]
    public async Task What_is_waited_for_ends_before_it_is_let_go_of()
    {
        var time = new FakeTimeProvider();
        var ended = false;
        var body = new OnceWritable();
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection()
                .AddSingleton<IHostApplicationLifetime>(new Lifetime())
                .BuildServiceProvider(),
        };
        context.Response.Body = body;

        var writing = ServerSentEvents.WriteAsync(context, Silent, item => item, time);
        Assert.False(writing.IsCompleted);
        // The reader is gone, which only the next beat finds out.
        time.Advance(TimeSpan.FromSeconds(15));

        // What went wrong is told, not that the source could not be disposed of.
        await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Patience.Usual));
        Assert.True(ended);

        async IAsyncEnumerable<string> Silent([EnumeratorCancellation] CancellationToken cancellation)
        {
            try
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellation);
                yield return "data: never";
            }
            finally
            {
                ended = true;
            }
        }
    }

    private sealed class OnceWritable : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) =>
            Length > 0
                ? ValueTask.FromException(new IOException("The reader is gone."))
                : base.WriteAsync(buffer, cancellationToken);
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() { }
    }
}
