// Sends one trace with the real OpenTelemetry SDK and prints its id:
// node send.js grpc|http|proto URL none|gzip
// The trace: a server span "checkout" with attributes, an event, a link and an error, and its
// client child "charge".
'use strict';

const { SpanKind, SpanStatusCode, context, trace } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const exporters = {
  grpc: '@opentelemetry/exporter-trace-otlp-grpc',
  http: '@opentelemetry/exporter-trace-otlp-http',
  proto: '@opentelemetry/exporter-trace-otlp-proto',
};

async function main([protocol, url, compression]) {
  const { OTLPTraceExporter } = require(exporters[protocol]);
  const exporter = new OTLPTraceExporter({ url, compression, timeoutMillis: 10000 });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `node-${protocol}` }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('tests', '1.2');
  const link = {
    context: {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    },
    attributes: { why: 'retry' },
  };
  const root = tracer.startSpan('checkout', {
    kind: SpanKind.SERVER,
    attributes: { text: 'täxt', whole: 42, fraction: 0.5, yes: true, list: ['a', 'b'] },
    links: [link],
  });
  const below = trace.setSpan(context.active(), root);
  const child = tracer.startSpan('charge', { kind: SpanKind.CLIENT }, below);
  child.end();
  root.addEvent('declined', { card: 'visa' });
  root.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' });
  root.end();
  await provider.shutdown();
  console.log(root.spanContext().traceId);
}

main(process.argv.slice(2));
