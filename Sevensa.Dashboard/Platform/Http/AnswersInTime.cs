using System.Net;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Ends an answer that does not come to its end: while its body is read the upstream is waited for no longer, all in all, than
/// for its first word. What whoever reads takes does not count.
/// </summary>
internal sealed class AnswersInTime(TimeSpan patience, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            return answer;
        }
        var said = answer.Content;
        var body = new StreamContent(new WaitedStream(await said.ReadAsStreamAsync(cancellationToken), patience, time));
        foreach (var (name, values) in said.Headers)
        {
            body.Headers.TryAddWithoutValidation(name, values);
        }
        answer.Content = body;
        return answer;
    }

    private sealed class WaitedStream(Stream inner, TimeSpan patience, TimeProvider time) : Stream
    {
        private TimeSpan left = patience;

        // One for all reads: its clock goes only while one waits.
        private CancellationTokenSource? either;
        private CancellationTokenRegistration asker;
        private CancellationToken askers;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var begun = time.GetTimestamp();
            var reading = Begin(cancellationToken);
            try
            {
                return await inner.ReadAsync(buffer, reading.Token);
            }
            catch (OperationCanceledException exception)
                when (reading.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException("The answer did not come to its end.", exception);
            }
            finally
            {
                reading.CancelAfter(Timeout.InfiniteTimeSpan);
                left -= time.GetElapsedTime(begun);
            }
        }

        private CancellationTokenSource Begin(CancellationToken cancellation)
        {
            var wait = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            if (either is null)
            {
                either = new CancellationTokenSource(wait, time);
            }
            else
            {
                either.CancelAfter(wait);
            }
            if (askers != cancellation)
            {
                asker.Dispose();
                askers = cancellation;
                asker = cancellation.UnsafeRegister(
                    static source => ((CancellationTokenSource)source!).Cancel(),
                    either
                );
            }
            return either;
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush() { }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                asker.Dispose();
                either?.Dispose();
                inner.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
